// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/read_metrics.hpp"

#include <map>

#include "mlrepro/format/event_lines.hpp"

namespace mlrepro::tracking {
namespace {

// As sealing will fold them in; a point without a time gets that of now.
model::MetricSeries live_series(const ports::LiveContent& live, model::Timestamp now)
{
  model::MetricSeries series;
  std::map<std::string, model::MetricSummary> summaries;
  for (const std::string* text : {&live.metrics, &live.events}) {
    for (const model::RunEvent& event : format::parse_event_lines(*text).events) {
      if (const auto* metric = std::get_if<model::MetricLogged>(&event)) {
        model::MetricSummary& summary = summaries[metric->key];
        const model::MetricPoint point{metric->value, metric->step.value_or(summary.next_step()),
                                       metric->time.value_or(now)};
        summary.add(point);
        series[metric->key].push_back(point);
      }
    }
  }
  return series;
}

}  // namespace

MetricReader::MetricReader(const Ports& ports, const model::Run& run) : ports_(ports), run_(run)
{
  if (run.status != model::RunStatus::running) {
    return;
  }
  // Without a live record, the run has been sealed since it was looked up.
  if (const auto live = ports.live.read(run.id)) {
    live_ = live_series(*live, ports.data.clock.now());
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
