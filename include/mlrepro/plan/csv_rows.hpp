// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// Reads records of CSV that is plain: each has the same number of cells, a quoted cell ends where
// its quotes do, quotes stand nowhere else, all lines end alike, and none is blank. What is not
// plain is not read wrongly but found, and left to a reader that knows all of CSV.
class CsvRows {
 public:
  // `text` is whole records, the last one with or without its line end, and outlives the reader.
  CsvRows(std::string_view text, char delimiter, std::size_t columns);

  // The next record. A cell is what stands between its quotes, those in it still doubled. False at
  // the end of the text, and where it is not plain.
  bool next(std::vector<std::string_view>& cells);

  // Until now; after `next` said false, of the whole text.
  [[nodiscard]] bool plain() const { return plain_ && !(ends_in_lf_ && ends_in_crlf_); }
  [[nodiscard]] bool ends_in_lf() const { return ends_in_lf_; }
  [[nodiscard]] bool ends_in_crlf() const { return ends_in_crlf_; }

 private:
  const char* cell(const char* at, std::string_view& found);
  bool end_record(const char* at);
  bool refuse();

  const char* at_;
  const char* end_;
  char delimiter_;
  std::size_t columns_;
  bool plain_ = true;
  bool ends_in_lf_ = false;
  bool ends_in_crlf_ = false;
  std::array<bool, 256> ends_cell_{};  // and what may not stand in a cell without quotes
};

}  // namespace mlrepro::plan
