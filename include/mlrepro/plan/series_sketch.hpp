// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "mlrepro/model/metric.hpp"

namespace mlrepro::plan {

// What a plot needs of a series, in a few kilobytes whatever its length: the least and the greatest
// value of each of up to 4096 spans of steps. Spans are equally wide, a power of two, and grow when
// there are more; points may come in any order.
class SeriesSketch {
 public:
  struct Span {
    double min = 0;
    double max = 0;
  };
  struct Extreme {
    double value = 0;
    std::int64_t step = 0;
  };

  void add(const model::MetricPoint& point);

  // Spans of finite values, by their first step.
  [[nodiscard]] std::map<std::int64_t, Span> spans() const;
  // Of all points.
  [[nodiscard]] std::int64_t first_step() const { return first_step_; }
  [[nodiscard]] std::int64_t last_step() const { return summary_.step; }
  [[nodiscard]] const model::MetricSummary& summary() const { return summary_; }
  // Of the finite values; absent without any.
  [[nodiscard]] const std::optional<Extreme>& min() const { return min_; }
  [[nodiscard]] const std::optional<Extreme>& max() const { return max_; }
  [[nodiscard]] std::size_t nan_count() const { return nans_; }
  [[nodiscard]] std::size_t infinite_count() const { return infinities_; }

 private:
  void halve();

  // By the step shifted right; the newest is remembered, since steps mostly follow each other.
  std::map<std::int64_t, Span> spans_;
  std::map<std::int64_t, Span>::iterator newest_ = spans_.end();
  int shift_ = 0;
  std::int64_t first_step_ = 0;
  model::MetricSummary summary_;
  std::optional<Extreme> min_;
  std::optional<Extreme> max_;
  std::size_t nans_ = 0;
  std::size_t infinities_ = 0;
};

}  // namespace mlrepro::plan
