// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::tables {

// What DuckDB says, as one line: for a file of rows "file '/x.csv': line 3: 2 cells where the
// header has 4". The kind says whether the SQL or the data is wrong, the machine is too small, or
// DuckDB itself failed. `message` may be null.
model::Error engine_error(const char* message);

}  // namespace mlrepro::tables
