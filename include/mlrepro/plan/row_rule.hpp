// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

// "predictions*.csv=abs:1e-6", "scores.csv=rel:1e-9,key:store,key:week"; throws Error{usage}.
model::RowRule parse_row_rule(std::string_view text);

// The last rule that matches; null where none does.
const model::RowRule* row_rule_for(const std::vector<model::RowRule>& rules, std::string_view path);

}  // namespace mlrepro::plan
