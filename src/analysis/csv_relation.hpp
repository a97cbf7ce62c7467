// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/csv_blocks.hpp"
#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/table_facts.hpp"

namespace mlrepro::analysis {

// Files that are one table, as the engine reads them.
struct PlacedFiles {
  std::vector<std::string> paths;  // absolute; at least one
  TableFormat format = TableFormat::csv;
  bool partitioned = false;          // `column=value` in their paths are columns
  std::string compression = "none";  // gzip or zstd, of all of them
  bool long_rows = false;            // a line is longer than usual (check_files.hpp)
  // What is known of them, and whether the reader of plain CSV is worth a try.
  std::optional<model::TableFacts> facts = {};
  bool may_be_plain = true;
};

inline bool is_separated(TableFormat format)
{
  return format == TableFormat::csv || format == TableFormat::tsv;
}

// What goes behind FROM to read CSV or TSV: every option is said, nothing is guessed when it is
// read. What of the facts is not known yet is found, and added to them. Error{usage} names file,
// line and what is wrong with it.
CountedRelation csv_relation(ports::TableSession& session, const CsvReader& reader,
                             PlacedFiles& source, CellTypes types);

// The same of JSON lines and Parquet, whose parts may have different columns; a column has a type
// that holds the values of all of them.
std::string json_relation(ports::TableSession& session, PlacedFiles& source);
std::string parquet_relation(ports::TableSession& session, const PlacedFiles& source);

// "{'id': 'BIGINT', 'name': 'VARCHAR'}"; all are text where there are no types.
std::string type_list(const std::vector<std::string>& columns,
                      const std::vector<std::string>& types);
// "['a', 'b']"
std::string path_list(const std::vector<std::string>& paths);

}  // namespace mlrepro::analysis
