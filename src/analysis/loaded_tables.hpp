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

// Makes the view `side_a` or `side_b` of a table, which is read whenever it is asked: that takes
// less time than a copy of it. Returns the columns, those of CSV with the kind that all their cells
// are of.
std::vector<plan::NamedColumn> load_side(TableWorkspace& workspace, const NamedTable& table,
                                         Side side);

// Finds the columns of one side that are the other's under a new name.
void find_renamed(ports::TableSession& session, const std::vector<plan::NamedColumn>& columns_a,
                  const std::vector<plan::NamedColumn>& columns_b, plan::ColumnMatch& match);

}  // namespace mlrepro::analysis
