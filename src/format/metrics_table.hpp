// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/format/metrics_file.hpp"

namespace mlrepro::format {

struct TableRow {
  std::vector<std::string> fields;
  std::size_t line = 1;  // of the file, where it begins
};

// A .csv or .tsv file of metrics, read at once or in pieces as it grows. In pieces, a column that
// turns out not to hold steps has been taken for one until then.
class MetricsTable {
 public:
  static bool is_table(std::string_view file_name);

  explicit MetricsTable(std::string file_name);

  // Whole rows, of which the first that ever comes is the header. Error{usage} with the line, and
  // then nothing of `text` was read.
  void read(std::string_view text, MetricsFile& out);
  // No more rows come: says which columns have values that are no numbers.
  void end(MetricsFile& out);

 private:
  void take_header(const TableRow& row);
  void choose_step_column(const std::vector<TableRow>& rows);
  void add_map_row(const TableRow& row, MetricsFile& out);
  void add_row(const TableRow& row, MetricsFile& out);

  std::string file_;
  char separator_;
  std::vector<std::string> header_;
  bool is_map_ = false;
  std::vector<std::size_t> step_columns_;  // that may hold the step, the best first
  std::size_t line_ = 1;
  std::int64_t row_ = 0;  // the next one
  std::set<std::string> skipped_;
};

}  // namespace mlrepro::format
