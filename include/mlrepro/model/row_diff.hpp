// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::model {

// A cell as text: of CSV as it stands in the file, else as the table engine writes the value.
// Absent: NULL. CSV has no NULL but the empty cell, and the empty cell is always one.
using CellText = std::optional<std::string>;

// One of the two tables.
struct DiffedTable {
  std::string name;              // what the user called it
  std::string path;              // of the table, as recorded
  std::string format;            // "csv", "tsv", "json_lines", "parquet"
  std::optional<Digest> digest;  // absent: a file of the working tree
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t null_keys = 0;  // rows that have NULL in a key column
};

// A column that only one side has. Positions count from 1.
struct ColumnOfOne {
  std::string name;
  std::string type;
  std::size_t position = 0;
};

// A column of both sides that is not called, typed or placed alike.
struct ColumnOfBoth {
  std::string name_a;
  std::string name_b;
  std::string type_a;
  std::string type_b;
  std::size_t position_a = 0;
  std::size_t position_b = 0;
};

struct TableSchemaDiff {
  std::vector<ColumnOfOne> added;
  std::vector<ColumnOfOne> removed;
  // Of one type, and with the same values the same number of times, under two names.
  std::vector<ColumnOfBoth> renamed;
  std::vector<ColumnOfBoth> retyped;
  // The fewest columns whose moving turns one order into the other.
  std::vector<ColumnOfBoth> reordered;

  // Whether the tables have the same columns; their order is of no account, as that of rows.
  [[nodiscard]] bool same() const
  {
    return added.empty() && removed.empty() && renamed.empty() && retyped.empty();
  }
};

// A compared column that both sides have, with what was found in it.
struct ComparedColumn {
  std::string name;  // of a; of b where it was renamed, too
  Tolerance tolerance;
  bool numeric = false;
  std::uint64_t changed = 0;    // cells of changed rows
  std::optional<double> most;   // the largest |b - a| of them; absent where there is no number
  std::uint64_t tolerated = 0;  // cells that differ, but not by more than the tolerance
};

struct CellChange {
  std::string column;
  CellText a;
  CellText b;
};

struct ChangedRow {
  std::vector<CellText> key;
  std::vector<CellChange> cells;
};

// A row without an equal one on the other side.
struct RowOfOne {
  std::vector<CellText> key;    // empty without a key
  std::vector<CellText> cells;  // of all columns of its side that are not ignored, in their order
  std::uint64_t times = 1;      // without a key: so many rows like this
};

struct DuplicateKey {
  std::vector<CellText> key;
  std::uint64_t rows_a = 0;
  std::uint64_t rows_b = 0;
};

enum class KeySource { given, inferred, none };

// Rows are paired by key. Where a key is there more than once on a side, all its rows are compared
// as they are, and those without an equal row on the other side are removed or added; so that
// rows of a - removed + added are the rows of b.
struct RowDiff {
  DiffedTable a;
  DiffedTable b;
  bool same = true;
  std::vector<std::string> key;  // empty: rows are compared as a whole
  KeySource key_source = KeySource::none;
  std::vector<std::string> ignored;
  TableSchemaDiff schema;
  std::vector<std::string> columns_a;  // that are not ignored, in order; what RowOfOne::cells are
  std::vector<std::string> columns_b;
  std::vector<ComparedColumn> compared;  // in the order of a, without the key

  std::uint64_t unchanged_rows = 0;
  std::uint64_t changed_rows = 0;
  std::uint64_t removed_rows = 0;
  std::uint64_t added_rows = 0;
  std::uint64_t changed_cells = 0;
  std::uint64_t duplicate_keys = 0;

  // In the order of the key, the first `limit` of each.
  std::optional<std::uint64_t> limit;
  std::vector<ChangedRow> changed;
  std::vector<RowOfOne> removed;
  std::vector<RowOfOne> added;
  std::vector<DuplicateKey> duplicates;
};

}  // namespace mlrepro::model
