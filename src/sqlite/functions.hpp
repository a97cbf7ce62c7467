// SPDX-License-Identifier: Apache-2.0
#pragma once

struct sqlite3;

namespace mlrepro::sqlite {

// Functions for SQL: version_key(TEXT), as plan::version_key; NULL of NULL. Returns SQLite's code.
int add_functions(sqlite3* database) noexcept;

}  // namespace mlrepro::sqlite
