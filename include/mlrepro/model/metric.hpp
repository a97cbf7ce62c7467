// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::model {

// One observation. The value may be NaN or infinite. Points of one metric keep the order in which
// they were logged; steps may repeat or go back.
struct MetricPoint {
  double value = 0;
  std::int64_t step = 0;
  Timestamp time;
  std::uint64_t line = 0;  // of the output it was printed on, from 1; 0: not found in output

  bool operator==(const MetricPoint&) const = default;
};

// `min` and `max` leave NaN out; they are absent when every value is NaN.
struct MetricSummary {
  double last = 0;
  std::int64_t step = 0;
  std::optional<double> min;
  std::optional<double> max;
  std::int64_t count = 0;
  bool added_later = false;  // first logged after the run had ended
  std::string source = {};   // "text:stdout", "text:stderr": found there; empty: logged

  // Folds one more point in. "Last" is the point with the highest step; among equals, the newest.
  void add(const MetricPoint& point);
  // The step of a point that is logged without one: one more than the highest so far, from 0.
  [[nodiscard]] std::int64_t next_step() const;
};

// A metric that was found in a run's output, with all its points.
struct PrintedMetric {
  std::string key;
  std::string source;  // as of MetricSummary
  std::vector<MetricPoint> points;

  bool operator==(const PrintedMetric&) const = default;
};

using MetricSeries = std::map<std::string, std::vector<MetricPoint>>;

}  // namespace mlrepro::model
