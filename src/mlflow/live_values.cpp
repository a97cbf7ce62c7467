// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/live_values.hpp"

#include <utility>

#include "mlflow/followed_runs.hpp"
#include "mlrepro/format/metrics_tail.hpp"
#include "mlrepro/tracking/live_metric_files.hpp"
#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::mlflow {
namespace {

// Each takes some memory: for the last point of each metric, and for what is being read.
constexpr std::size_t k_most_runs_followed = 1000;

// What its record has as yet is in the database.
model::Run without_values(model::Run run)
{
  run.params.clear();
  run.tags.clear();
  run.metrics.clear();
  run.note.clear();
  return run;
}

}  // namespace

LiveValues::Followed::Followed(const tracking::Ports& store, model::Run first)
    : run(without_values(std::move(first))),
      by_files(run),
      metrics(
          store, run, [](const std::string&) { return true; },
          [this](const tracking::MetricFollower::Point& point) { add(point); }),
      events(store, run.id,
             [this](const model::RunEvent& event) { tracking::add_live_event(run, event); })
{
  std::erase_if(by_files.metric_files,
                [](const std::string& name) { return format::MetricsTail::grows(name); });
}

// What is logged takes the place of what was printed under its name.
void LiveValues::Followed::add(const tracking::MetricFollower::Point& point)
{
  const auto [place, is_new] = last.try_emplace(point.key, point);
  const bool other_source = place->second.source != point.source;
  if (!is_new && (other_source || point.point.step >= place->second.point.step)) {
    place->second = point;
  }
}

void LiveValues::Followed::read(const tracking::Ports& store)
{
  if (tracking::prints_too_much(store, run.id)) {
    metrics.stop_printed();
    std::erase_if(last, [](const auto& one) { return !one.second.source.empty(); });
  }
  metrics.read_live();
  events.read_live();
  std::map<std::string, model::MetricSummary> summaries;
  for (const model::MetricLogged& metric : tracking::read_metric_files(store, by_files)) {
    model::MetricSummary& summary = summaries[metric.key];
    const model::MetricPoint point{metric.value, metric.step.value_or(summary.next_step()),
                                   metric.time.value_or(store.data.clock.now())};
    summary.add(point);
    add({metric.key, "", point});
  }
}

std::optional<model::Run> LiveValues::find_running(const model::RunId& id) const
{
  if (!store_.live.liveness(id)) {
    return std::nullopt;  // a client's, or sealed
  }
  auto run = ports::find_run(store_.runs, id);
  return run && run->status == model::RunStatus::running ? std::move(run) : std::nullopt;
}

std::vector<model::RunId> LiveValues::list()
{
  auto ids = store_.live.list();
  std::erase_if(ids, [this](const model::RunId& id) { return !store_.live.liveness(id); });
  return ids;
}

LiveValues::Followed* LiveValues::follow(const model::RunId& id)
{
  auto known = followed_.find(id);
  if (known == followed_.end()) {
    auto run = find_running(id);
    if (!run) {
      return nullptr;
    }
    make_place(followed_, store_.live, k_most_runs_followed);
    known = followed_.try_emplace(id, store_, *std::move(run)).first;
  }
  known->second.asked = ++looks_;
  return &known->second;
}

bool LiveValues::add_to(model::ClientRun& run)
{
  Followed* followed = follow(run.id);
  if (followed != nullptr) {
    followed->read(store_);
  }
  if (followed == nullptr || !store_.live.liveness(run.id)) {  // sealed since
    followed_.erase(run.id);
    return false;
  }
  std::map<std::string, model::MetricObservation> last;
  for (const model::MetricObservation& point : run.metrics) {
    last.emplace(point.key, point);
  }
  for (const auto& [key, point] : followed->last) {
    const model::MetricPoint& reported = point.point;
    const auto [place, is_new] = last.try_emplace(key);
    if (is_new || reported.step >= place->second.step) {
      place->second = {key, reported.value, reported.step, reported.time};
    }
  }
  run.metrics.clear();
  for (auto& [key, point] : last) {
    run.metrics.push_back(std::move(point));
  }
  for (const auto& [key, param] : followed->run.params) {
    run.params.emplace(key, param.value);
  }
  for (const auto& [key, value] : followed->run.tags) {
    run.tags.insert_or_assign(key, value);
  }
  if (!followed->run.note.empty()) {
    std::string& note = run.tags["mlflow.note.content"];
    note += (note.empty() ? "" : "\n") + followed->run.note;
  }
  return true;
}

}  // namespace mlrepro::mlflow
