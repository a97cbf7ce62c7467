// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/live_runs.hpp"

#include <string>
#include <utility>

#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::tracking {
namespace {

// What is logged takes the place of what was printed under its name.
void add_point(model::Run& run, const MetricFollower::Point& point)
{
  model::MetricSummary& summary = run.metrics[point.key];
  if (summary.source != point.source) {
    summary = {};
    summary.source = point.source;
  }
  summary.add(point.point);
}

}  // namespace

LiveRuns::Followed::Followed(const Ports& ports, model::Run first)
    : run(std::move(first)),
      metrics(
          ports, run, [](const std::string&) { return true; },
          [this](const MetricFollower::Point& point) { add_point(run, point); }),
      events(ports, run.id, [this](const model::RunEvent& event) { add_live_event(run, event); })
{
}

model::Run LiveRuns::complete(model::Run run)
{
  if (run.status != model::RunStatus::running) {
    followed_.erase(run.id);
    return run;
  }
  std::unique_ptr<Followed>& followed = followed_[run.id];
  if (!followed) {
    followed = std::make_unique<Followed>(ports_, std::move(run));
  }
  followed->metrics.read_live();
  followed->events.read_live();
  return followed->run;
}

}  // namespace mlrepro::tracking
