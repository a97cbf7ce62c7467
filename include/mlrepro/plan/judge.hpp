// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/run.hpp"

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

model::MetricCheck judge_metric(const std::string& key, std::optional<double> recorded,
                                std::optional<double> replayed, const model::Tolerance& tolerance);

// What the replay did, compared with what the record says. `replay` is a run with the same code
// and inputs; whether its environment is the same is compared here too.
model::Reproduction judge(const model::Run& recorded, const model::Run& replay,
                          const std::vector<ToleranceRule>& rules);

}  // namespace mlrepro::plan
