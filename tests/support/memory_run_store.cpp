// SPDX-License-Identifier: Apache-2.0
#include "support/memory_run_store.hpp"

#include <algorithm>
#include <stdexcept>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/filter.hpp"

namespace mlrepro::testing {
namespace {

using model::Error;
using model::ErrorKind;
using model::Run;

bool matches(const plan::Filter& filter, const Run& run)
{
  if (filter.kind == plan::Filter::Kind::all) {
    return true;
  }
  if (filter.kind == plan::Filter::Kind::conjunction) {
    return std::all_of(filter.children.begin(), filter.children.end(),
                       [&](const plan::Filter& child) { return matches(child, run); });
  }
  if (filter.kind != plan::Filter::Kind::comparison ||
      filter.field.kind != plan::FilterField::Kind::tag ||
      filter.comparison != plan::FilterOperator::equal) {
    throw std::logic_error("MemoryRunStore does not know this filter");
  }
  const auto tag = run.tags.find(filter.field.key);
  return tag != run.tags.end() && tag->second == filter.values.front().text;
}

// Applies events to a copy of a run, so that a refused one leaves nothing behind.
class EventFold {
 public:
  EventFold(Run run, model::MetricSeries points, model::Timestamp now)
      : run_(std::move(run)),
        points_(std::move(points)),
        now_(now),
        ended_(run_.status != model::RunStatus::running)
  {
  }

  void add(const model::MetricLogged& event)
  {
    const bool known = run_.metrics.contains(event.key);
    model::MetricSummary& summary = run_.metrics[event.key];
    if (!known) {
      summary.added_later = ended_;
    }
    const model::MetricPoint point{event.value, event.step.value_or(summary.next_step()),
                                   event.time.value_or(now_)};
    summary.add(point);
    points_[event.key].push_back(point);
    date("metric", event.key, format::to_text(event.value));
  }
  void add(const model::ParamLogged& event)
  {
    const auto [param, is_new] =
        run_.params.try_emplace(event.key, model::Parameter{event.value, event.source});
    if (is_new) {
      date("param", event.key, event.value);
    } else if (param->second.value != event.value && ended_) {
      throw Error(ErrorKind::conflict,
                  "param '" + event.key + "' is '" + param->second.value + "' already");
    } else if (param->second.value != event.value) {
      problem("param '" + event.key + "' logged again with another value");
    }
  }
  void add(const model::TagLogged& event)
  {
    const auto known = run_.tags.find(event.key);
    if (known == run_.tags.end() || known->second != event.value) {
      run_.tags[event.key] = event.value;
      date("tag", event.key, event.value);
    }
  }
  void add(const model::NoteLogged& event)
  {
    run_.note += (run_.note.empty() ? "" : "\n") + event.text;
    date("note", "", event.text);
  }
  void add(const model::ArtifactLogged& event)
  {
    std::erase_if(run_.artifacts,
                  [&](const model::Artifact& old) { return old.path == event.artifact.path; });
    run_.artifacts.push_back(event.artifact);
    date("artifact", event.artifact.path, event.artifact.digest.to_string());
  }

  void add(const model::PrintedMetric& metric)
  {
    model::MetricSummary& summary = run_.metrics[metric.key];
    summary.source = metric.source;
    for (const model::MetricPoint& point : metric.points) {
      summary.add(point);
      points_[metric.key].push_back(point);
    }
  }

  Run& run() { return run_; }
  model::MetricSeries& points() { return points_; }

 private:
  void date(const char* kind, const std::string& key, const std::string& value)
  {
    if (ended_) {
      run_.additions.push_back({now_, kind, key, value});
    }
  }
  void problem(const std::string& text)
  {
    if (std::find(run_.problems.begin(), run_.problems.end(), text) == run_.problems.end()) {
      run_.problems.push_back(text);
    }
  }

  Run run_;
  model::MetricSeries points_;
  model::Timestamp now_;
  bool ended_;
};

}  // namespace

Run& MemoryRunStore::require(const model::RunId& id)
{
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) { return run.id == id; });
  if (found == runs_.end()) {
    throw Error(ErrorKind::not_found, "run '" + id.str() + "': no such run");
  }
  return *found;
}

void MemoryRunStore::insert(const Run& run)
{
  on_insert.count("insert run");
  if (std::any_of(runs_.begin(), runs_.end(),
                  [&](const Run& known) { return known.id == run.id; })) {
    throw Error(ErrorKind::conflict, "run '" + run.id.str() + "' exists already");
  }
  note("runs.insert");
  runs_.push_back(run);
}

class MemoryRunSeal final : public ports::RunSeal {
 public:
  MemoryRunSeal(MemoryRunStore& store, model::RunId id, model::Timestamp ended_at)
      : store_(store), id_(std::move(id)), fold_(store.require(id_), store.points_[id_], ended_at)
  {
  }

  void add(const std::vector<model::RunEvent>& events) override
  {
    for (const model::RunEvent& event : events) {
      std::visit([&](const auto& logged) { fold_.add(logged); }, event);
    }
  }

  void finish(const ports::RunEnd& end) override
  {
    add(end.events);
    for (const model::PrintedMetric& metric : end.printed) {
      fold_.add(metric);
    }
    Run ended = std::move(fold_.run());
    const auto own = static_cast<std::ptrdiff_t>(store_.require(id_).problems.size());
    ended.problems.insert(ended.problems.begin() + own, end.problems.begin(), end.problems.end());
    ended.status = end.status;
    ended.exit_code = end.exit_code;
    ended.signal = end.signal;
    ended.stopped_by = end.stopped_by;
    ended.ended_at = end.ended_at;
    ended.inputs = end.inputs;
    ended.outputs = end.outputs;
    ended.environment = end.environment ? end.environment : ended.environment;
    ended.resources = end.resources;
    ended.logs = end.logs;
    ended.trace = end.trace ? end.trace : ended.trace;
    ended.recorded = end.recorded;
    ended.missing = end.missing;
    store_.note("runs.seal");
    store_.require(id_) = std::move(ended);
    store_.points_[id_] = std::move(fold_.points());
  }

 private:
  MemoryRunStore& store_;
  model::RunId id_;
  EventFold fold_;
};

std::unique_ptr<ports::RunSeal> MemoryRunStore::begin_seal(const model::RunId& id,
                                                           model::Timestamp ended_at)
{
  on_seal.count("seal run");
  if (require(id).status != model::RunStatus::running) {
    throw Error(ErrorKind::conflict, "run '" + id.str() + "' has ended already");
  }
  return std::make_unique<MemoryRunSeal>(*this, id, ended_at);
}

void MemoryRunStore::reopen(const model::RunId& id, model::Timestamp now)
{
  Run& run = require(id);
  const bool running = run.status == model::RunStatus::running;
  if (running || !run.sweep) {
    throw Error(ErrorKind::conflict,
                "run '" + id.str() + (running ? "' is running" : "' is no sweep"));
  }
  run.additions.push_back({now, "resumed", std::string(model::to_string(run.status)),
                           run.ended_at ? run.ended_at->to_iso8601() : ""});
  run.status = model::RunStatus::running;
  run.exit_code.reset();
  run.signal.reset();
  run.stopped_by.reset();
  run.ended_at.reset();
  note("runs.reopen");
}

class MemoryRunAppend final : public ports::RunAppend {
 public:
  MemoryRunAppend(MemoryRunStore& store, model::RunId id, model::Timestamp now)
      : store_(store), id_(std::move(id)), fold_(store.require(id_), store.points_[id_], now)
  {
  }

  void add(const std::vector<model::RunEvent>& events) override
  {
    for (const model::RunEvent& event : events) {
      std::visit([&](const auto& logged) { fold_.add(logged); }, event);
    }
  }

  void finish() override
  {
    Run& run = store_.require(id_);
    if (fold_.run().problems.size() > run.problems.size()) {
      throw Error(ErrorKind::conflict, fold_.run().problems.back());
    }
    store_.note("runs.append");
    run = std::move(fold_.run());
    store_.points_[id_] = std::move(fold_.points());
  }

 private:
  MemoryRunStore& store_;
  model::RunId id_;
  EventFold fold_;
};

std::unique_ptr<ports::RunAppend> MemoryRunStore::begin_append(const model::RunId& id,
                                                               model::Timestamp now)
{
  on_append.count("append to run");
  return std::make_unique<MemoryRunAppend>(*this, id, now);
}

void MemoryRunStore::record_proof(const ports::Proof& proof)
{
  Run& run = require(proof.run);
  if (!run.proven || *run.proven < proof.level) {
    run.proven = proof.level;
  }
  note("runs.record_proof");
  proofs_.push_back(proof);
}

std::vector<Run> MemoryRunStore::list(const ports::RunQuery& query) const
{
  if (!query.sort_key.empty()) {
    throw std::logic_error("MemoryRunStore sorts by start time only");
  }
  const plan::Filter filter = plan::parse_filter(query.filter);
  std::vector<Run> found;
  for (const Run& run : runs_) {
    if (run.id.str().starts_with(query.id_prefix) && run.name.starts_with(query.name_prefix) &&
        (query.experiment.empty() || run.experiment == query.experiment) &&
        (!query.parent || run.parent == query.parent) && matches(filter, run)) {
      found.push_back(run);
    }
  }
  // Of two runs of one moment, the one that came later is the newer.
  std::stable_sort(found.begin(), found.end(),
                   [](const Run& a, const Run& b) { return a.started_at < b.started_at; });
  if (query.order == ports::Order::newest_first) {
    std::reverse(found.begin(), found.end());
  }
  found.erase(found.begin(),
              found.begin() + static_cast<std::ptrdiff_t>(std::min(query.offset, found.size())));
  found.resize(std::min(found.size(), query.limit.value_or(found.size())));
  return found;
}

void MemoryRunStore::for_each_point(const model::RunId& id, const std::string& key,
                                    const ports::PointVisitor& visit) const
{
  const auto series = points_.find(id);
  if (series == points_.end() || !series->second.contains(key)) {
    return;
  }
  for (const model::MetricPoint& point : series->second.at(key)) {
    visit(point);
  }
}

std::vector<ports::Experiment> MemoryRunStore::experiments() const
{
  std::map<std::string, ports::Experiment> found;
  for (const Run& run : runs_) {
    ports::Experiment& experiment = found[run.experiment];
    experiment.name = run.experiment;
    ++experiment.runs;
    experiment.last_started_at =
        std::max(experiment.last_started_at.value_or(run.started_at), run.started_at);
  }
  std::vector<ports::Experiment> sorted;
  for (auto& [name, experiment] : found) {
    sorted.push_back(std::move(experiment));
  }
  return sorted;
}

std::vector<model::RunId> MemoryRunStore::unfinished() const
{
  std::vector<model::RunId> found;
  for (const Run& run : runs_) {
    if (run.status == model::RunStatus::running) {
      found.push_back(run.id);
    }
  }
  return found;
}

}  // namespace mlrepro::testing
