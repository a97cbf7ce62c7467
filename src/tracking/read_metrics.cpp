// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/read_metrics.hpp"

#include <utility>

#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::tracking {

MetricReader::MetricReader(const Ports& ports, const model::Run& run) : ports_(ports), run_(run)
{
  if (run.status != model::RunStatus::running) {
    return;
  }
  model::MetricSeries series;
  // Without a live record, the run has been sealed since it was looked up.
  if (read_live_run(
          ports, run,
          [&](const std::string& key, const std::string& /*source*/,
              const model::MetricPoint& point) { series[key].push_back(point); },
          [](const model::RunEvent&) {})) {
    live_ = std::move(series);
  }
}

void MetricReader::for_each_point(const std::string& key, const ports::PointVisitor& visit) const
{
  if (!live_) {
    ports_.runs.for_each_point(run_.id, key, visit);
    return;
  }
  const auto found = live_->find(key);
  if (found != live_->end()) {
    for (const model::MetricPoint& point : found->second) {
      visit(point);
    }
  }
}

}  // namespace mlrepro::tracking
