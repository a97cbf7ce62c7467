// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

using ToleranceRule = model::MetricRule;

bool matches_glob(std::string_view pattern, std::string_view text);

// "auc=0.002" (absolute), "auc=abs:0.002,rel:1e-3", "auc=min:0.8,higher-is-better,required"; throws
// Error{usage}.
ToleranceRule parse_tolerance(std::string_view text);

// "0.002" and "abs:0.002" set the absolute part, "rel:1e-3" the relative one; false: it is neither,
// with a number of 0 or more.
bool add_tolerance(std::string_view term, model::Tolerance& tolerance);

// "two-sided", "lower-is-better", "higher-is-better".
std::optional<model::Direction> parse_direction(std::string_view text);

// The last rule that matches wins; without one, values must be equal.
ToleranceRule rule_for(const std::vector<ToleranceRule>& rules, std::string_view metric);
model::Tolerance tolerance_for(const std::vector<ToleranceRule>& rules, std::string_view metric);

}  // namespace mlrepro::plan
