// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

using Fields = std::vector<std::string>;

// Whether a table's first row names its columns: none of the names is a number.
bool is_header(const Fields& row);

// Where a table has each of these columns. Throws Error{usage} naming the one that it lacks.
std::vector<std::size_t> columns_of(const Fields& header, const std::vector<std::string>& names);

// Compares rows as they come: text must be equal, numbers may differ by the tolerance. NaN is equal
// to itself where it is written alike, and to nothing else.
class RowComparison {
 public:
  // The first row of each side, as far as it is a header. Throws Error{usage} saying what differs
  // where they do not have the same columns; their order may be another one.
  RowComparison(const Fields& recorded_header, const Fields& replayed_header,
                const model::Tolerance& tolerance);

  // `row` is what a person calls it.
  void compare(const std::string& row, const Fields& recorded, const Fields& replayed);
  void count_missing(const std::string& row);  // that the replay does not have
  void count_added(const std::string& row);

  [[nodiscard]] const model::RowsCheck& result() const { return result_; }

 private:
  [[nodiscard]] const std::string* replayed_field(const Fields& replayed, std::size_t column) const;
  [[nodiscard]] std::string column_name(std::size_t column) const;
  bool is_close(const model::CellDifference& cell);
  void list(model::CellDifference cell);

  model::Tolerance tolerance_;
  Fields header_;
  std::vector<std::size_t> replayed_column_;  // of each recorded one; empty: the same
  model::RowsCheck result_;
};

// What the rows make of their file: its status and the reasons.
void conclude_rows(const model::RowsCheck& rows, const model::Tolerance& tolerance,
                   model::FileCheck& file);

}  // namespace mlrepro::plan
