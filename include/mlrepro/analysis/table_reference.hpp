// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::analysis {

// A table that a reference names: in the store, or a file as it is now.
struct NamedTable {
  using Stored = StoredTable;
  std::string name;  // what the user called it
  std::string path;  // recorded: of the data, with the table's own path below it
  TableFormat format = TableFormat::csv;
  std::optional<Stored> stored;
  std::string file;  // absolute: where it lies; empty where only the store has it
};

// A snapshot or a run's path that is one table, or has one; REF:PATH names one below a snapshot,
// RUN:PATH also one below an input or output. What names nothing recorded but a file is that file.
// Error{usage} lists the tables where there are several and says so where there is none.
NamedTable find_table(const tracking::Ports& ports, const tracking::Place& place,
                      const std::string& reference);

// What stands at the path of a stored table now.
NamedTable table_now(const tracking::Ports& ports, const tracking::Place& place,
                     const NamedTable& recorded);

// What reads it.
CountedRelation relation_of(TableWorkspace& workspace, const NamedTable& table, CellTypes types);

}  // namespace mlrepro::analysis
