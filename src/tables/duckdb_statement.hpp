// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tables/duckdb_api.hpp"

namespace mlrepro::tables {

// A database in memory, and the attached one that names mean; empty: the one in memory.
struct OpenDatabase {
  DuckdbDatabase handle = nullptr;
  std::string used;
};

std::unique_ptr<ConnectionHandle> connect(const OpenDatabase& database);

// SQL, parsed. The connection outlives it.
class ParsedSql {
 public:
  // Throws Error{usage}.
  ParsedSql(DuckdbConnection connection, const std::string& sql);

  [[nodiscard]] DuckdbIndex count() const { return count_; }
  // Throws Error{usage}, also for one that has parameters to be filled in.
  void prepare(DuckdbIndex index, PreparedHandle& statement) const;

 private:
  DuckdbConnection connection_;
  StatementsHandle statements_;
  DuckdbIndex count_ = 0;
};

// Error{usage} unless a confined session may run it.
void check_confined(DuckdbPrepared statement);

// Runs all statements of `sql`, in a confined session only those that check_confined lets pass.
enum class Confined { no, yes };
void run_statements(DuckdbConnection connection, const std::string& sql, Confined confined);

// Runs one statement and gives its rows as they are made.
void run_streaming(DuckdbPrepared statement, ResultHandle& result);

}  // namespace mlrepro::tables
