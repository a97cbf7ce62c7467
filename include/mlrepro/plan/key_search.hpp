// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mlrepro/plan/column_kind.hpp"

namespace mlrepro::plan {

using ColumnSet = std::vector<std::size_t>;  // ascending

// A row of a sample: a hash of each cell, equal for equal cells.
using HashedRow = std::vector<std::uint64_t>;

inline constexpr std::size_t k_max_key_columns = 4;
// So many sets at most are tried on the whole tables.
inline constexpr std::size_t k_max_key_candidates = 64;

// Whether a key is looked for among columns of this kind: what was measured is none.
bool may_be_key(ColumnKind kind);

// The sets of `eligible` columns that no two rows of either sample have alike: fewer columns come
// first, then those that stand further left. At most k_max_key_candidates, with at most
// k_max_key_columns each.
std::vector<ColumnSet> key_candidates(const std::vector<HashedRow>& sample_a,
                                      const std::vector<HashedRow>& sample_b,
                                      const ColumnSet& eligible);

}  // namespace mlrepro::plan
