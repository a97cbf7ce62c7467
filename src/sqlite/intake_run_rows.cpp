// SPDX-License-Identifier: Apache-2.0
#include "sqlite/intake_run_rows.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "mlrepro/model/error.hpp"
#include "sqlite/client_log.hpp"
#include "sqlite/client_run_rows.hpp"
#include "sqlite/event_writer.hpp"
#include "sqlite/run_rows.hpp"

namespace mlrepro::sqlite {
namespace {

using model::MetricPoint;

constexpr std::size_t k_events_at_once = 20'000;

bool is_before(const MetricPoint& a, const MetricPoint& b)
{
  const auto key = [](const MetricPoint& point) {
    const bool number = !std::isnan(point.value);
    return std::tuple(point.time.ms, point.step, number, number ? point.value : 0.0);
  };
  return key(a) < key(b);
}

std::vector<MetricPoint> stored_points(const Database& database, std::int64_t run,
                                       const std::string& key)
{
  std::vector<MetricPoint> points;
  Statement rows(database,
                 "SELECT p.value, p.step, p.time_ms FROM metric_points p JOIN metrics m"
                 " ON m.number = p.metric WHERE m.run = ? AND m.key = ?");
  for (rows.bind(run, key); rows.step();) {
    points.push_back({rows.real_or_nan(0), rows.integer(1), rows.time(2)});
  }
  return points;
}

// In the order of their times, each once, without those that the run has.
std::vector<MetricPoint> new_points(std::vector<MetricPoint> points,
                                    std::vector<MetricPoint> stored)
{
  const auto same = [](const MetricPoint& a, const MetricPoint& b) {
    return !is_before(a, b) && !is_before(b, a);
  };
  std::sort(points.begin(), points.end(), is_before);
  points.erase(std::unique(points.begin(), points.end(), same), points.end());
  if (stored.empty()) {
    return points;
  }
  std::sort(stored.begin(), stored.end(), is_before);
  std::vector<MetricPoint> fresh;
  std::set_difference(points.begin(), points.end(), stored.begin(), stored.end(),
                      std::back_inserter(fresh), is_before);
  return fresh;
}

std::string experiment_name(const Database& database, std::int64_t number)
{
  Statement row(database, "SELECT name FROM experiments WHERE number = ?");
  row.bind(number).step();
  return row.text(0);
}

// Its row, and whether it has not ended here.
ClientRunRow write_row(Database& database, const ports::IntakeRun& intake, model::Timestamp now)
{
  const model::MlflowRun& run = intake.run;
  const model::Timestamp started = run.started_at.value_or(run.ended_at.value_or(now));
  Statement known(database, "SELECT number, status = 'running', client FROM runs WHERE id = ?");
  if (!known.bind(intake.id).step()) {
    model::Run record;
    record.id = intake.id;
    record.name = run.name;
    record.experiment = experiment_name(database, intake.experiment);
    record.started_at = started;
    record.cwd = ".";
    record.user = run.user;
    const std::int64_t number = write_run(database, record);
    Statement(database, "UPDATE runs SET client = 1 WHERE number = ?").bind(number).run();
    return {number, true, true, false};
  }
  const ClientRunRow row{known.integer(0), known.boolean(1), known.boolean(2), false};
  known.reset();
  if (!row.by_client) {
    throw model::Error(model::ErrorKind::conflict,
                       "a run of this id is here that mlrepro itself recorded; it stays as it is");
  }
  Statement(database,
            "DELETE FROM run_datasets WHERE run = ?1 AND"
            " (SELECT experiment FROM runs WHERE number = ?1) <> ?2")
      .bind(row.number, intake.experiment)
      .run();
  Statement(database,
            "UPDATE runs SET name = ?, user = ?, experiment = ?, started_at = ? WHERE number = ?")
      .bind(run.name, run.user, intake.experiment, started, row.number)
      .run();
  return row;
}

// Adds what is logged, a part at a time: a metric may have millions of points.
class EventParts {
 public:
  explicit EventParts(EventWriter& writer) : writer_(writer) {}

  void add(model::RunEvent event)
  {
    events_.push_back(std::move(event));
    if (events_.size() >= k_events_at_once) {
      collect();
    }
  }
  void write()
  {
    collect();
    writer_.write();
  }

 private:
  void collect()
  {
    writer_.collect(events_);
    events_.clear();
  }

  EventWriter& writer_;
  std::vector<model::RunEvent> events_;
};

void write_logged(Database& database, std::int64_t number, const ports::IntakeRun& intake,
                  const ports::IntakeCalls& calls, EventWriter& writer)
{
  const model::MlflowRun& run = intake.run;
  EventParts parts(writer);
  for (const auto& [key, value] : run.params) {
    parts.add(model::ParamLogged{key, value, "mlflow"});
  }
  for (const auto& [key, value] : run.tags) {
    parts.add(model::TagLogged{key, value});
  }
  for (const model::Artifact& artifact : intake.artifacts) {
    parts.add(model::ArtifactLogged{artifact});
  }
  for (const model::MlflowSeries& series : run.metrics) {
    for (const MetricPoint& point : new_points(calls.points(intake, series.key),
                                               stored_points(database, number, series.key))) {
      parts.add(model::MetricLogged{series.key, point.value, point.step, point.time});
    }
  }
  parts.write();
  for (const auto& [key, value] : run.tags) {
    apply_told_tag(database, number, key, value);
  }
}

// An ended run of which nobody knows when it ended, ended when it began.
void write_end(Database& database, const ClientRunRow& row, const model::MlflowRun& run,
               model::Timestamp now)
{
  ports::RunChange change;
  change.status = run.status;
  if (run.status != model::RunStatus::running) {
    change.ended_at = run.ended_at.value_or(run.started_at.value_or(now));
  }
  write_client_status(database, row, change, now);
  Statement(database, "UPDATE runs SET deleted_at = ? WHERE number = ?")
      .bind(run.deleted ? run.deleted_at : std::nullopt, row.number)
      .run();
}

}  // namespace

void write_intake_run(Database& database, const ports::IntakeRun& intake,
                      const ports::IntakeCalls& calls, model::Timestamp now)
{
  const ClientRunRow row = write_row(database, intake, now);
  // What an ended run is given is no later addition: it was there when the run ended.
  EventWriter writer(database, row.number, EventWriter::When::running, now,
                     EventWriter::Ties::latest);
  write_logged(database, row.number, intake, calls, writer);
  for (const std::string& problem : writer.problems()) {
    calls.troubles({"param", intake.run.id, problem + "; the first one stays"});
  }
  for (const model::DatasetLink& link : intake.run.datasets) {
    write_dataset_link(database, row.number, link);
  }
  write_model_links(database, row.number, "input", intake.run.models_read);
  write_model_links(database, row.number, "output", intake.run.models_made);
  write_end(database, row, intake.run, now);
  const bool complete = calls.is_complete(intake) && writer.problems().empty();
  Statement(database, "INSERT OR REPLACE INTO imported_runs (run, state) VALUES (?, ?)")
      .bind(row.number, complete ? intake.state : std::nullopt)
      .run();
  // What was pushed of an ended run before is not all of it any more.
  Statement(database, "UPDATE run_documents SET revision = NULL WHERE run = ?")
      .bind(row.number)
      .run();
}

}  // namespace mlrepro::sqlite
