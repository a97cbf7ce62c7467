// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/row_diff.hpp"

namespace mlrepro::format {

// "mlrepro.row_diff/1" (docs/tables.md, "Rows").
std::string to_json(const model::RowDiff& diff);

// The lines of `diff --csv`, each with its line feed: the header first, then as the rows come.
//
// With a key a line is a cell: change,KEY…,column,old,new; `removed` and `added` rows have a line
// for each column beside the key, `duplicate` the numbers of rows of a and b as old and new.
// Without a key a line is a row: change,rows,COLUMN…. NULL is an empty field, empty text is "".
class RowDeltaCsv {
 public:
  explicit RowDeltaCsv(const model::RowDiff& diff);

  [[nodiscard]] std::string header() const;
  [[nodiscard]] std::string changed(const model::ChangedRow& row) const;
  [[nodiscard]] std::string removed(const model::RowOfOne& row) const;
  [[nodiscard]] std::string added(const model::RowOfOne& row) const;
  [[nodiscard]] std::string duplicate(const model::DuplicateKey& key) const;

 private:
  enum class Side { a, b };
  struct Column {
    std::string name;
    bool is_key = false;
    std::size_t place = 0;  // in a line without a key
  };
  [[nodiscard]] std::string of_one(const model::RowOfOne& row, Side side) const;
  [[nodiscard]] std::string whole_row(const model::RowOfOne& row, Side side) const;

  std::vector<std::string> key_;
  std::vector<Column> columns_a_;
  std::vector<Column> columns_b_;
  std::vector<std::string> columns_;  // of either, without a key
};

}  // namespace mlrepro::format
