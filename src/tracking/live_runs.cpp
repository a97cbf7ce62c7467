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

// What an MLflow client has logged since: it goes into the store at once.
void add_stored(model::Run& run, const model::Run& stored)
{
  run.name = stored.name;
  run.experiment = stored.experiment;
  run.params.insert(stored.params.begin(), stored.params.end());
  run.tags.insert(stored.tags.begin(), stored.tags.end());
  for (const auto& [key, summary] : stored.metrics) {
    model::MetricSummary& known = run.metrics[key];
    if (summary.count > known.count) {
      known = summary;
    }
  }
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
  if (run.status != model::RunStatus::running || !ports_.live.liveness(run.id)) {
    followed_.erase(run.id);
    return run;
  }
  std::unique_ptr<Followed>& followed = followed_[run.id];
  if (!followed) {
    followed = std::make_unique<Followed>(ports_, run);
  }
  add_stored(followed->run, run);
  followed->metrics.read_live();
  followed->events.read_live();
  return followed->run;
}

}  // namespace mlrepro::tracking
