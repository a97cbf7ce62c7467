// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/ports/table_engine.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::analysis {

enum class TableFormat { csv, tsv, json_lines, parquet };

// A table in a snapshot: a file, or a folder of files in one format, whose names may say
// `column=value` (Hive's partitions).
struct TableFile {
  std::string path;  // below the snapshot's root; "" for the root itself
  TableFormat format = TableFormat::csv;
  bool folder = false;
  std::uint64_t bytes = 0;
  // Of the file, or of the folder's tree node: equal tables of equal paths have equal digests.
  model::Digest digest;
};

// The tables below `root`, in path order: .csv, .tsv, .jsonl, .ndjson, .parquet, .pq and all but
// the last two with .gz or .zst. A folder with parts `column=value` is one table; all other files
// are one each. `name` is the file's own name when the root is a file.
std::vector<TableFile> find_tables(const tracking::Ports& ports, const model::TreeEntry& root,
                                   const std::string& name);

// How cells of CSV and TSV become values: types found by looking at all rows, or text as it stands,
// where an empty cell is NULL. Parquet and JSON have types of their own.
enum class CellTypes { found, text };

struct AnalysisPorts {
  const tracking::Ports& tracking;
  ports::TableEngine& engine;
  std::string scratch;  // an existing, empty, private folder; the caller removes it
};

// Stored tables brought where the engine can read them, in one session. Content is verified while
// it is written to the scratch folder; only the tables asked for are.
class TableWorkspace {
 public:
  TableWorkspace(AnalysisPorts ports, const ports::TableLimits& limits);

  ports::TableSession& session() { return *session_; }
  // What goes behind FROM to read this table of `root`: a call of read_csv, read_parquet, … The
  // first row of CSV names the columns. Error{usage} names the table, the line and what is wrong.
  std::string relation(const model::TreeEntry& root, const TableFile& table, CellTypes types);
  // The same of a file of the user, which is read where it lies.
  static std::string relation_of_file(const std::string& path, TableFormat format, CellTypes types);

 private:
  AnalysisPorts ports_;
  std::unique_ptr<ports::TableSession> session_;
  std::size_t placed_ = 0;
};

// The format that a name stands for; absent when it is no table's.
std::optional<TableFormat> table_format(const std::string& name);

}  // namespace mlrepro::analysis
