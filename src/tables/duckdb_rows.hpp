// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/ports/table_engine.hpp"
#include "tables/duckdb_api.hpp"
#include "tables/duckdb_statement.hpp"

namespace mlrepro::tables {

// The rows of one statement, on a connection of their own, so that several may be read at once.
// Error{usage} for anything but one statement.
std::unique_ptr<ports::TableRows> open_rows(const OpenDatabase& database, const std::string& sql,
                                            Confined confined);

// `sql` without the semicolon at its end, once it is proved to be one SELECT: between parentheses
// it then means the same. Error{usage} where it is not.
std::string checked_select(DuckdbConnection connection, const std::string& sql);

}  // namespace mlrepro::tables
