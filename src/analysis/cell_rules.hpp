// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/plan/column_kind.hpp"

namespace mlrepro::analysis {

// For what text of CSV is read. They agree on truth values and dates, and differ where a column to
// compute with may forgive what a comparison must not.
enum class CellReader {
  // A column with a type, whose values are computed with: blanks around numbers are no matter, a
  // moment has a time of day, and one with a zone is an instant.
  typed,
  // Texts of two sides of which the same value must be told from another one: numbers have no
  // blank, digits beyond those of a floating-point number are none; dates may stand among moments,
  // and these may have a zone.
  compared,
};

// A condition that holds where a cell of text is of this kind, one of plan::k_tested_kinds, or for
// the typed reader an instant. It may be NULL where it does not hold, and is for a cell that is
// NULL.
std::string is_of_kind(const std::string& cell, plan::ColumnKind kind, CellReader reader);

}  // namespace mlrepro::analysis
