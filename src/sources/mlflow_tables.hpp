// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mlrepro/model/timestamp.hpp"
#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::sources {

// The answer of a query, row by row. Columns are counted from 0.
class MlflowRows {
 public:
  explicit MlflowRows(std::unique_ptr<ports::SourceRows> rows) : rows_(std::move(rows)) {}

  bool next() { return rows_->next(row_); }
  [[nodiscard]] std::optional<std::string> find(std::size_t column) const;
  [[nodiscard]] std::string text(std::size_t column) const
  {
    return find(column).value_or(std::string());
  }
  [[nodiscard]] std::optional<std::int64_t> integer(std::size_t column) const;
  [[nodiscard]] std::optional<double> number(std::size_t column) const;
  [[nodiscard]] std::optional<model::Timestamp> time(std::size_t column) const;

 private:
  std::unique_ptr<ports::SourceRows> rows_;
  std::vector<ports::SourceCell> row_;
};

// The tables of an MLflow database. Which columns they have depends on the version that made them,
// so that each is asked for only where it is.
class MlflowTables {
 public:
  // Throws Error{corrupt} when it is no such database.
  explicit MlflowTables(ports::RowSource& source);

  [[nodiscard]] bool has(const std::string& table) const { return columns_.contains(table); }
  [[nodiscard]] bool has(const std::string& table, const std::string& column) const;
  [[nodiscard]] const std::map<std::string, std::set<std::string>>& columns() const
  {
    return columns_;
  }
  // Of these columns, NULL for those that are not there; no rows of a table that is not there.
  [[nodiscard]] MlflowRows select(const std::string& table, const std::vector<std::string>& columns,
                                  const std::string& rest) const;
  [[nodiscard]] MlflowRows query(const std::string& sql) const;
  // Two columns of each row, the first of them a name.
  [[nodiscard]] std::map<std::string, std::string> pairs(const std::string& table,
                                                         const std::string& key,
                                                         const std::string& value,
                                                         const std::string& where) const;

 private:
  ports::RowSource& source_;
  std::map<std::string, std::set<std::string>> columns_;
};

// As a text in SQL.
std::string sql_text(const std::string& text);

}  // namespace mlrepro::sources
