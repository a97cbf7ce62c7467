// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/ports/run_store.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// The points of a run's metrics, of one that still runs as far as they have been logged.
class MetricReader {
 public:
  // Both must outlive the reader.
  MetricReader(const Ports& ports, const model::Run& run);

  // In the order in which they were logged, duplicate steps and steps that go back included.
  void for_each_point(const std::string& key, const ports::PointVisitor& visit) const;

 private:
  const Ports& ports_;
  const model::Run& run_;
  std::optional<model::MetricSeries> live_;  // absent: the run has ended
};

}  // namespace mlrepro::tracking
