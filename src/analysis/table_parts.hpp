// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::analysis {

// The files of a folder that is one table, in path order; what begins with '.' or '_' is none.
std::vector<std::string> table_parts(const versioning::LoadNode& load,
                                     const model::TreeEntry& folder);

// The format of all those files; absent where they have several, or where there is no file.
std::optional<TableFormat> format_of_parts(const versioning::LoadNode& load,
                                           const model::TreeEntry& folder);

}  // namespace mlrepro::analysis
