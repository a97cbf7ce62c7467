// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/cell_sql.hpp"
#include "analysis/table_rows.hpp"
#include "mlrepro/analysis/table_reference.hpp"
#include "mlrepro/model/row_diff.hpp"

namespace mlrepro::analysis {

// What the engine's cells say.
bool truth_in(const ports::TableValue& value);
std::optional<double> number_in(const ports::TableValue& value);
model::CellText text_in(const ports::TableValue& value);

struct LoadedSide {
  std::vector<plan::NamedColumn> columns;  // those of CSV with the kind that all their cells are of
  // Of plain CSV: its files, and how many rows they have.
  std::optional<CsvFiles> csv;
  std::uint64_t rows = 0;
};

// Makes the view `side_a` or `side_b` of a table, which is read whenever it is asked: that takes
// less time than a copy of it.
LoadedSide load_side(TableWorkspace& workspace, const NamedTable& table, Side side);

// The engine counts as taken what it sets aside for a column in each step of a statement, some
// thousands of rows, however few there are. Of small files it may: next to nothing of that is used.
void make_room_for_columns(TableWorkspace& workspace, const LoadedSide& a, const LoadedSide& b);

// Finds the columns of one side that are the other's under a new name.
void find_renamed(ports::TableSession& session, const std::vector<plan::NamedColumn>& columns_a,
                  const std::vector<plan::NamedColumn>& columns_b, plan::ColumnMatch& match);

}  // namespace mlrepro::analysis
