// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "format/value_tree.hpp"
#include "mlrepro/model/drift.hpp"

namespace mlrepro::format {

// The value of the key `drift` in a file.
std::vector<model::DriftRule> take_drift_rules(const std::string& file, const ValueTree& value);

}  // namespace mlrepro::format
