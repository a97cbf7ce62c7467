// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/manifest.hpp"

namespace mlrepro::plan {

// By path; a folder counts only where it is empty or was a file. Nodes that both sides have are
// not loaded, so that the cost grows with the difference.
model::ManifestDiff compare_trees(const model::TreeEntry& a, const model::TreeEntry& b,
                                  const std::function<model::TreeNode(const model::Digest&)>& load);

}  // namespace mlrepro::plan
