// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mlrepro::ports {

// A column of a query's answer. `stored_as` is the type, in the table engine's words, that holds
// each of its values exactly and reads them from their text; "DECIMAL" for decimal numbers whose
// places only their values tell; empty where each cell says what it is.
struct SourceColumn {
  std::string name;
  std::string type;  // in the source's words; may be empty
  std::string stored_as;
};

enum class CellKind : std::uint8_t { nothing, whole, real, text, bytes };

// One value. `text` is UTF-8 as the source writes the value (numbers: all digits, so that the same
// number comes back), the bytes themselves for `bytes`, and of no meaning for `nothing`.
struct SourceCell {
  CellKind kind = CellKind::nothing;
  std::string text;
};

// The rows of an answer, read once, in the source's order. The source outlives them.
class SourceRows {
 public:
  SourceRows() = default;
  SourceRows(const SourceRows&) = delete;
  SourceRows& operator=(const SourceRows&) = delete;
  virtual ~SourceRows() = default;

  [[nodiscard]] virtual const std::vector<SourceColumn>& columns() const = 0;
  // False at the end. `row` gets one cell a column. Error{external} when the source goes away.
  virtual bool next(std::vector<SourceCell>& row) = 0;
};

// What a source says of itself. Neither text holds credentials.
struct SourceIdentity {
  std::string kind;     // "postgresql", "sqlite", "odbc", "duckdb", "file"
  std::string uri;      // an address that finds it again, given the credentials
  std::string product;  // with its version: "PostgreSQL 15.18"
};

// A database or a file that is being read. It is never written to: what a statement would change
// stays as it is.
class RowSource {
 public:
  RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  virtual ~RowSource() = default;

  [[nodiscard]] virtual const SourceIdentity& identity() const = 0;
  // One statement, once for each source; all its rows are of one moment where the source can do
  // that. What the source says against the statement is Error{usage}: its own first line, without
  // credentials.
  virtual std::unique_ptr<SourceRows> query(const std::string& sql) = 0;
};

}  // namespace mlrepro::ports
