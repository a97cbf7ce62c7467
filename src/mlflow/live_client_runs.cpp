// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/live_client_runs.hpp"

#include <algorithm>
#include <iterator>

#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::mlflow {

void LiveClientRuns::update(const model::RunId& id, const ports::RunChange& change,
                            model::Timestamp now)
{
  runs_.update(id, change, now);
  if (ends_ == ToldEnds::ignored || !change.status || !store_.live.liveness(id)) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (*change.status == model::RunStatus::running) {
    told_.erase(id);
  } else {
    told_.insert_or_assign(id, End{*change.status, change.ended_at.value_or(now)});
  }
}

bool LiveClientRuns::complete(model::ClientRun& run)
{
  if (run.status != model::RunStatus::running || !store_.live.liveness(run.id)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  if (!values_.add_to(run)) {  // sealed meanwhile
    run = runs_.find(run.id).value_or(std::move(run));
    return false;
  }
  if (const auto end = told_.find(run.id); end != told_.end()) {
    run.status = end->second.status;
    run.ended_at = end->second.at;
  }
  return true;
}

std::optional<model::ClientRun> LiveClientRuns::find(const model::RunId& id)
{
  auto run = runs_.find(id);
  if (run) {
    complete(*run);
  }
  return run;
}

std::vector<model::ClientRun> LiveClientRuns::running()
{
  std::vector<model::RunId> ids;
  {
    const std::lock_guard lock(mutex_);
    ids = values_.list();
  }
  std::vector<model::ClientRun> runs;
  for (const model::RunId& id : ids) {
    auto run = runs_.find(id);
    if (run && complete(*run)) {
      runs.push_back(*std::move(run));
    }
  }
  return runs;
}

ports::Page<model::ClientRun> LiveClientRuns::search(const ports::SearchRequest& request)
{
  const auto live = running();
  if (live.empty()) {
    return runs_.search(request);
  }
  auto page = finder_.search(request, live);
  for (model::ClientRun& run : page.items) {
    const auto known =
        std::ranges::find_if(live, [&](const model::ClientRun& one) { return one.id == run.id; });
    if (known != live.end()) {
      run = *known;
    }
  }
  return page;
}

std::vector<model::MetricObservation> LiveClientRuns::live_points(const model::RunId& run,
                                                                  const std::string& key) const
{
  std::vector<model::MetricObservation> points;
  const std::lock_guard lock(mutex_);
  if (const auto record = values_.find_running(run)) {
    const bool is_whole = tracking::read_live_run(
        store_, *record,
        [&](const std::string& found, const std::string&, const model::MetricPoint& point) {
          if (found == key) {
            points.push_back({key, point.value, point.step, point.time});
          }
        },
        [](const model::RunEvent&) {});
    if (!is_whole) {  // sealed meanwhile, so that they are in the database
      points.clear();
    }
  }
  return points;
}

// Those in the database come first, as they will when the run ends.
std::vector<model::MetricObservation> LiveClientRuns::history(const ports::HistoryRequest& request)
{
  auto live = live_points(request.run, request.key);
  if (live.empty()) {
    return runs_.history(request);
  }
  auto points = runs_.history({request.run, request.key, 0, std::nullopt});
  std::ranges::move(live, std::back_inserter(points));
  const auto begin =
      static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(request.skip, points.size()));
  points.erase(points.begin(), points.begin() + begin);
  points.resize(std::min(points.size(), request.limit.value_or(points.size())));
  return points;
}

void LiveClientRuns::for_each_point(
    const model::RunId& run, const std::string& key,
    const std::function<void(const model::MetricObservation&)>& visit)
{
  const auto live = live_points(run, key);
  runs_.for_each_point(run, key, visit);
  for (const model::MetricObservation& point : live) {
    visit(point);
  }
}

model::StepSeries LiveClientRuns::steps(const model::RunId& run, const std::string& key)
{
  const auto live = live_points(run, key);
  model::StepSeries steps = runs_.steps(run, key);
  for (const model::MetricObservation& point : live) {
    steps.append(point.step);
  }
  return steps;
}

std::vector<model::MetricPoint> LiveClientRuns::points_at(const model::RunId& run,
                                                          const std::string& key,
                                                          const std::vector<std::int64_t>& steps)
{
  const auto live = live_points(run, key);
  auto points = runs_.points_at(run, key, steps);
  for (const model::MetricObservation& point : live) {
    if (std::ranges::binary_search(steps, point.step)) {
      points.push_back({point.value, point.step, point.time});
    }
  }
  return points;
}

}  // namespace mlrepro::mlflow
