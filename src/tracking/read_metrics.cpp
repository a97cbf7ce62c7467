// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/read_metrics.hpp"

#include <cstdint>
#include <limits>
#include <map>

#include "mlrepro/format/event_lines.hpp"

namespace mlrepro::tracking {
namespace {

std::int64_t next_step(const model::MetricSummary& summary)
{
  const bool is_last = summary.step == std::numeric_limits<std::int64_t>::max();
  return summary.count == 0 ? 0 : summary.step + (is_last ? 0 : 1);
}

// As sealing will fold them in; a point without a time gets that of now.
model::MetricSeries live_series(const ports::LiveContent& live, model::Timestamp now)
{
  model::MetricSeries series;
  std::map<std::string, model::MetricSummary> summaries;
  for (const std::string* text : {&live.metrics, &live.events}) {
    for (const model::RunEvent& event : format::parse_event_lines(*text).events) {
      if (const auto* metric = std::get_if<model::MetricLogged>(&event)) {
        model::MetricSummary& summary = summaries[metric->key];
        const model::MetricPoint point{metric->value, metric->step.value_or(next_step(summary)),
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

std::vector<model::MetricPoint> MetricReader::points(const std::string& key) const
{
  if (!live_) {
    return ports_.runs.metric_points(run_.id, key);
  }
  const auto found = live_->find(key);
  return found == live_->end() ? std::vector<model::MetricPoint>() : found->second;
}

}  // namespace mlrepro::tracking
