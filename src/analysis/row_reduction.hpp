// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "analysis/loaded_tables.hpp"
#include "analysis/row_diff_sql.hpp"

namespace mlrepro::analysis {

struct SideCounts {
  std::uint64_t rows = 0;
  std::uint64_t null_keys = 0;  // rows with NULL in the key
};

struct ComparedSides {
  const LoadedSide& a;
  const LoadedSide& b;
};

struct ReducedSides {
  SideCounts a;
  SideCounts b;
};

// Leaves in `side_a` and `side_b` only the rows that are not known to be the same on both sides, by
// their text, and says how many there were. Absent where both stay as they are, because text alone
// does not tell the keys, or because too much differs.
std::optional<ReducedSides> leave_out_same(TableWorkspace& workspace, const ComparedSides& sides,
                                           const RowSql& sql);

}  // namespace mlrepro::analysis
