// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/error.hpp"

struct sqlite3;

namespace mlrepro::sqlite {

// The one place where a result code of SQLite becomes an Error: "store '<path>': <cause>".
// `handle` may be null.
model::Error sqlite_error(int code, sqlite3* handle, const std::string& path);

// Whether the last operation on it failed because the disk or the quota is full.
bool is_out_of_space(sqlite3* handle);

// Error{corrupt} with the hint that says what to do about it.
model::Error damaged_database(const std::string& path, const std::string& why);

}  // namespace mlrepro::sqlite
