// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/report.hpp"

namespace mlrepro::format {

// The columns of one curve as they stand in a file, each as long as the others; `thresholds` may be
// empty.
struct RateColumns {
  model::RateKind kind = model::RateKind::roc;
  std::string label;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> thresholds;
};

// Absent where the columns are no such curve: fewer than two points, unequal lengths, or a rate
// that is not between 0 and 1.
std::optional<model::RateCurve> make_rate_curve(RateColumns columns);

}  // namespace mlrepro::format
