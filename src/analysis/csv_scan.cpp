// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_scan.hpp"

#include <algorithm>

namespace mlrepro::analysis {
namespace {

void add_record(const std::vector<std::string_view>& cells, CsvScan& scan)
{
  ++scan.rows;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].empty()) {
      ScannedColumn& column = scan.columns[i];
      ++column.cells;
      // One word says it all of a column.
      if ((column.shapes & in_shapes(CellShape::word)) == 0) {
        column.shapes |= in_shapes(shape_of(cells[i]));
      }
    }
  }
}

}  // namespace

std::optional<CsvScan> scan_csv(const CsvReader& reader, const CsvFiles& files)
{
  std::vector<CsvScan> scans(std::max(reader.threads, 1U));
  for (CsvScan& scan : scans) {
    scan.columns.resize(files.columns);
  }
  const bool plain =
      CsvBlocks(reader, files)
          .each_record([&](std::size_t worker, const std::vector<std::string_view>& cells) {
            add_record(cells, scans[worker]);
          });
  if (!plain) {
    return std::nullopt;
  }
  CsvScan all = std::move(scans.front());
  for (std::size_t i = 1; i < scans.size(); ++i) {
    all.rows += scans[i].rows;
    for (std::size_t place = 0; place < files.columns; ++place) {
      all.columns[place].cells += scans[i].columns[place].cells;
      all.columns[place].shapes |= scans[i].columns[place].shapes;
    }
  }
  return all;
}

}  // namespace mlrepro::analysis
