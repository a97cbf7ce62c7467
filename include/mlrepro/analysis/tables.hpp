// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/ports/profile_cache.hpp"
#include "mlrepro/ports/scratch.hpp"
#include "mlrepro/ports/table_engine.hpp"
#include "mlrepro/ports/unpacker.hpp"
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
  std::string name = {};  // for messages: the path, or the root's own name
};

// The tables below `root`, in path order: .csv, .tsv, .jsonl, .ndjson, .parquet, .pq and all but
// the last two with .gz or .zst. A folder whose table files are of one format is one table where it
// has parts `column=value` or is called like a table (sales.parquet/); all other files are one
// each. `name` is the root's own name, which says the format when it is a file.
std::vector<TableFile> find_tables(const tracking::Ports& ports, const model::TreeEntry& root,
                                   const std::string& name);

// How cells of CSV and TSV become values: types found by looking at all rows (docs/tables.md), or
// text as it stands. Either way an empty cell is NULL. Parquet and JSON have types of their own.
enum class CellTypes { found, text };

// A table of a snapshot.
struct StoredTable {
  model::TreeEntry root;
  TableFile table;
  model::Digest snapshot;  // its id
};

struct AnalysisPorts {
  const tracking::Ports& tracking;
  ports::TableEngine& engine;
  std::string scratch;  // an existing, empty, private folder; the caller removes it
  ports::ProfileCache* profiles = nullptr;    // null: nothing that is found is kept
  const ports::Unpacker* unpacker = nullptr;  // null: zstd is left to the engine
  ports::Scratch* spill = nullptr;            // null: what memory has no room for, the engine does
};

// Files of the user that are one table: one file, or the parts of a folder.
struct TableFiles {
  std::vector<std::string> paths;  // absolute
  std::string base;                // the file, or the folder; what is above it is not of the table
};

// Files of CSV that lie there uncompressed and have no columns but their own.
struct CsvFiles {
  std::vector<std::string> paths;
  char delimiter = ',';
  std::size_t columns = 0;
};

// What goes behind FROM to read a table, and how many rows that has, where it was found on the way.
struct CountedRelation {
  std::string from;
  std::optional<std::uint64_t> rows = {};
  // Where it can be read without the engine, too: it is plain.
  std::optional<CsvFiles> csv = {};
  // Of the columns of plain CSV, also of a packed file: what their cells are (cell_shapes.hpp).
  std::vector<std::uint8_t> shapes = {};
};

struct PlacedFiles;
struct CsvReader;

// Stored tables brought where the engine can read them, in one session. Content is verified while
// it is written to the scratch folder; only the tables asked for are, each once.
class TableWorkspace {
 public:
  // Both outlive it.
  TableWorkspace(AnalysisPorts ports, const ports::TableLimits& limits);

  // Its errors name tables as snapshots do, not by where they were placed.
  ports::TableSession& session() { return *session_; }
  // What goes behind FROM to read this table of `root`: a call of read_csv, read_parquet, … The
  // first row of CSV names the columns. Error{usage} names the table, the line and what is wrong,
  // here or when rows are read.
  std::string relation(const StoredTable& table, CellTypes types)
  {
    return counted_relation(table, types).from;
  }
  const CountedRelation& counted_relation(const StoredTable& table, CellTypes types);
  // The same of files of the user, which are read where they lie.
  std::string relation_of_file(const std::string& path, TableFormat format, CellTypes types);
  CountedRelation relation_of_files(const TableFiles& files, const TableFile& table,
                                    CellTypes types);
  // Reads what CountedRelation::csv names. The workspace outlives it.
  [[nodiscard]] CsvReader csv_reader() const;

 private:
  PlacedFiles place(const StoredTable& table, bool look);
  CountedRelation relation_of(PlacedFiles& source, const std::string& base, CellTypes types);

  AnalysisPorts ports_;
  ports::TableLimits limits_;
  std::unique_ptr<ports::TableSession> session_;
  std::map<std::string, CountedRelation> relations_;  // by what was asked for
  std::size_t placed_ = 0;
};

// The format that a name stands for; absent when it is no table's.
std::optional<TableFormat> table_format(const std::string& name);

}  // namespace mlrepro::analysis
