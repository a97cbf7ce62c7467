// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/plan/column_roles.hpp"
#include "mlrepro/plan/stored_column.hpp"
#include "mlrepro/ports/row_source.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

// The rows of an answer in a table of text, until all have been seen and each column has its type.
class StagedRows {
 public:
  // Reads all of `rows`. The session outlives it.
  StagedRows(ports::TableSession& session, ports::SourceRows& rows);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::vector<ports::SourceColumn>& source_columns() const { return source_; }
  [[nodiscard]] const std::vector<plan::StoredColumn>& columns() const { return columns_; }
  // A query of the rows with their names and types.
  [[nodiscard]] std::string select(const std::vector<plan::SortTerm>& order) const;
  // Error{usage} for a value that its column's type does not hold; none when there is none.
  void check_values();

 private:
  void append(const std::vector<ports::SourceCell>& row, std::vector<ports::TableValue>& staged);

  ports::TableSession& session_;
  std::vector<ports::SourceColumn> source_;
  std::vector<plan::StoredColumn> columns_;
  std::uint64_t count_ = 0;
};

}  // namespace mlrepro::analysis
