// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/drift.hpp"

namespace mlrepro::format {

// Every [[drift]] of a file in TOML, such as mlrepro.toml, which has more. Throws Error{usage}
// naming the file and the key.
enum class OtherKeys { allowed, refused };
std::vector<model::DriftRule> parse_drift_rules(const std::string& file_name, std::string_view text,
                                                OtherKeys other_keys);

}  // namespace mlrepro::format
