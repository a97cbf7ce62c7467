// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "analysis/csv_blocks.hpp"
#include "mlrepro/analysis/tables.hpp"

namespace mlrepro::analysis {

// Files that are one table, as the engine reads them.
struct PlacedFiles {
  std::vector<std::string> paths;  // absolute; at least one
  TableFormat format = TableFormat::csv;
  bool partitioned = false;          // `column=value` in their paths are columns
  std::string compression = "none";  // gzip or zstd, of all of them
  bool long_rows = false;            // a line is longer than usual (check_files.hpp)
};

// What goes behind FROM to read CSV or TSV: every option is said, nothing is guessed when it is
// read. Where types are found, rows are counted on the way. Error{usage} names file, line and what
// is wrong with it.
CountedRelation csv_relation(ports::TableSession& session, const CsvReader& reader,
                             const PlacedFiles& source, CellTypes types);

// The same of JSON lines and Parquet.
std::string json_relation(ports::TableSession& session, const PlacedFiles& source);
std::string parquet_relation(const PlacedFiles& source);

// "['a', 'b']"
std::string path_list(const std::vector<std::string>& paths);

}  // namespace mlrepro::analysis
