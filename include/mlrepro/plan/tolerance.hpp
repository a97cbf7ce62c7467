// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

// A tolerance for the metrics whose name matches: '*' stands for any characters, '?' for one.
struct ToleranceRule {
  std::string metric;
  model::Tolerance tolerance;

  bool operator==(const ToleranceRule&) const = default;
};

bool matches_glob(std::string_view pattern, std::string_view text);

// "auc=abs:0.002", "auc=rel:1e-3", "auc=0.002" (absolute); throws Error{usage}.
ToleranceRule parse_tolerance(std::string_view text);

// The last rule that matches wins; without one, values must be equal.
model::Tolerance tolerance_for(const std::vector<ToleranceRule>& rules, std::string_view metric);

}  // namespace mlrepro::plan
