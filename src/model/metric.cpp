// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/metric.hpp"

#include <cmath>
#include <limits>

namespace mlrepro::model {

void MetricSummary::add(const MetricPoint& point)
{
  if (count == 0 || point.step >= step) {
    last = point.value;
    step = point.step;
  }
  if (!std::isnan(point.value)) {
    min = min ? std::fmin(*min, point.value) : point.value;
    max = max ? std::fmax(*max, point.value) : point.value;
  }
  ++count;
}

std::int64_t MetricSummary::next_step() const
{
  if (count == 0) {
    return 0;
  }
  return step == std::numeric_limits<std::int64_t>::max() ? step : step + 1;
}

}  // namespace mlrepro::model
