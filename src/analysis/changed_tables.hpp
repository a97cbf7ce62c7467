// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/analysis/drift.hpp"

namespace mlrepro::analysis {

struct TablePair {
  TableFile a;
  std::optional<TableFile> b;  // absent: b does not have it
  std::string path;            // recorded
};

// Whether something is known of a table, by its digest and format.
using IsKnown = std::function<bool(const TableFile&)>;

// The tables of a whose bytes b does not have at the same path, in path order. Only the paths that
// differ and the folders above them are looked at.
std::vector<TablePair> changed_tables(const DataSides& sides);

// Of these, those that are known on both sides. What lies beside the paths that differ is looked at
// only where there is such a pair.
std::vector<TablePair> changed_tables(const DataSides& sides, const IsKnown& is_known);

}  // namespace mlrepro::analysis
