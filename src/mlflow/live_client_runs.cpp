// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/live_client_runs.hpp"

#include <algorithm>
#include <iterator>

#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::mlflow {

std::optional<model::Run> LiveClientRuns::find_running(const model::RunId& id) const
{
  if (!store_.live.liveness(id)) {
    return std::nullopt;  // a client's, or sealed
  }
  auto run = ports::find_run(store_.runs, id);
  return run && run->status == model::RunStatus::running ? std::move(run) : std::nullopt;
}

void LiveClientRuns::complete(model::ClientRun& run) const
{
  if (run.status != model::RunStatus::running) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto record = find_running(run.id);
  if (!record) {
    return;
  }
  model::Run reported;
  std::map<std::string, model::MetricObservation> last;
  for (const model::MetricObservation& point : run.metrics) {
    last.emplace(point.key, point);
  }
  const bool is_whole = tracking::read_live_run(
      store_, *record,
      [&](const std::string& key, const std::string&, const model::MetricPoint& point) {
        const auto [place, is_new] = last.try_emplace(key);
        if (is_new || point.step >= place->second.step) {
          place->second = {key, point.value, point.step, point.time};
        }
      },
      [&](const model::RunEvent& event) { tracking::add_live_event(reported, event); });
  if (!is_whole) {  // sealed meanwhile
    run = runs_.find(run.id).value_or(std::move(run));
    return;
  }
  run.metrics.clear();
  for (auto& [key, point] : last) {
    run.metrics.push_back(std::move(point));
  }
  for (const auto& [key, param] : reported.params) {
    run.params.emplace(key, param.value);
  }
  for (const auto& [key, value] : reported.tags) {
    run.tags.insert_or_assign(key, value);
  }
  if (!reported.note.empty()) {
    std::string& note = run.tags["mlflow.note.content"];
    note += (note.empty() ? "" : "\n") + reported.note;
  }
}

std::optional<model::ClientRun> LiveClientRuns::find(const model::RunId& id)
{
  auto run = runs_.find(id);
  if (run) {
    complete(*run);
  }
  return run;
}

ports::Page<model::ClientRun> LiveClientRuns::search(const ports::SearchRequest& request)
{
  auto page = runs_.search(request);
  for (model::ClientRun& run : page.items) {
    complete(run);
  }
  return page;
}

std::vector<model::MetricObservation> LiveClientRuns::live_points(const model::RunId& run,
                                                                  const std::string& key) const
{
  std::vector<model::MetricObservation> points;
  const std::lock_guard lock(mutex_);
  if (const auto record = find_running(run)) {
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
