// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

struct MetricPair {
  std::string key;
  std::optional<double> recorded;
  std::optional<double> replayed;
};

// By the rule's tolerance, both ways, and by its bounds. A gate also accepts what is better by the
// rule's direction.
model::MetricCheck judge_metric(const MetricPair& pair, const model::MetricRule& rule,
                                model::Gate gate);

// "0.4", "NaN", "missing".
std::string metric_text(const std::optional<double>& value);
// Three digits: a difference or a limit.
std::string amount_text(double value);
// "limit 0.001 relative"; for none at all, "no difference is allowed".
std::string limit_text(const model::Tolerance& tolerance);

// "metric 'rmse': 0.4 recorded, 0.5 replayed, difference 0.1, limit 0.05 absolute".
std::string describe_metric(const model::MetricCheck& check);

}  // namespace mlrepro::plan
