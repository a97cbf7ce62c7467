// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/plan/match_columns.hpp"

// Expressions over the cells of two tables, `side_a` and `side_b`. Their columns go by their
// places, c0, c1, …: no name from a file is part of any statement.
namespace mlrepro::analysis {

enum class Side { a, b };

std::string side_table(Side side);
std::string column_at(std::size_t place);
std::string column_list(std::size_t count);  // "c0, c1, c2"

// Pieces of SQL that several statements share.
std::string joined(const std::vector<std::string>& parts, const std::string& between);
std::string cast(const std::string& value, const std::string& type);
std::string tried(const std::string& value, const std::string& type);  // NULL where it can't be
std::string count_where(const std::string& condition);

// One part for each number below `count`.
template <typename Part>
std::string listed(std::size_t count, const std::string& between, Part part)
{
  std::vector<std::string> parts;
  parts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    parts.push_back(part(i));
  }
  return joined(parts, between);
}

// What a column is turned into to be compared. `empty_is_null`: the other side is CSV.
std::string in_form(const std::string& column, const plan::NamedColumn& of, plan::CellForm form,
                    bool empty_is_null);

// Of each column of text how many cells there are, and how many are of each kind that
// plan::k_tested_kinds lists; in all rows, or in the first so many.
std::string count_kinds(Side side, const std::vector<std::size_t>& columns,
                        std::optional<std::size_t> rows);
// The same of many columns, in a row for each that has a cell: its name first. The statement does
// not grow with their number.
std::string count_kinds_of_many(Side side, const std::vector<std::size_t>& columns,
                                std::optional<std::size_t> rows);
// The same of one kind alone.
std::string count_kind_of_many(Side side, const std::vector<std::size_t>& columns,
                               plan::ColumnKind kind);
// How many cells each column has, and how many are of the one kind.
std::string count_of_kind(Side side,
                          const std::vector<std::pair<std::size_t, plan::ColumnKind>>& columns);
// For each column a text that is the same for the same values in any order, and whether it has two
// different ones.
std::string describe_content(Side side, const std::vector<plan::NamedColumn>& columns,
                             const std::vector<std::size_t>& places);

}  // namespace mlrepro::analysis
