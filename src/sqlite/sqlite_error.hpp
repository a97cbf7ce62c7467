// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/error.hpp"

struct sqlite3;

namespace mlrepro::sqlite {

// The one place where a result code of SQLite becomes an Error: "store '<path>': <cause>".
// `handle` may be null.
model::Error sqlite_error(int code, sqlite3* handle, const std::string& path);

}  // namespace mlrepro::sqlite
