// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analysis/cell_rules.hpp"
#include "mlrepro/plan/column_kind.hpp"

namespace mlrepro::analysis {

// What a cell of CSV certainly is, told from its characters alone and much faster than the table
// engine tells it. The rules of cell_rules.hpp decide; here is what needs no look at them.
enum class CellShape : std::uint8_t {
  truth,
  short_whole,  // up to 15 digits, which every reader takes for a number of any type
  long_whole,   // of 16 to 18 digits
  number,       // with a fraction or an exponent
  date,
  moment,
  word,   // text that is nothing else
  other,  // for the rules to decide
};

// Of a cell that is not empty, as it stands between its quotes.
CellShape shape_of(std::string_view cell);

// Shapes, a bit each.
using CellShapes = std::uint8_t;
constexpr CellShapes in_shapes(CellShape shape)
{
  return static_cast<CellShapes>(1U << static_cast<unsigned>(shape));
}

// The narrowest kind of a column whose cells have these shapes: one of plan::k_tested_kinds, text,
// or empty where there is no cell. Absent where shapes alone don't say.
std::optional<plan::ColumnKind> kind_of_shapes(CellShapes shapes, CellReader reader);

}  // namespace mlrepro::analysis
