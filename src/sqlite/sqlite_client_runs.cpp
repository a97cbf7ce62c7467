// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_client_runs.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "mlrepro/model/error.hpp"
#include "sqlite/client_log.hpp"
#include "sqlite/client_run_rows.hpp"
#include "sqlite/run_rows.hpp"
#include "sqlite/run_search.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

using model::Error;
using model::ErrorKind;

std::string experiment_name(const Database& database, std::int64_t number)
{
  Statement row(database, "SELECT name FROM experiments WHERE number = ?");
  row.bind(number).step();
  return row.text(0);
}

// What is known of a run that begins somewhere else.
model::Run record_of(const Database& database, const ports::NewRun& made)
{
  model::Run run;
  run.id = made.id;
  run.name = made.name;
  run.experiment = experiment_name(database, require_active_experiment(database, made.experiment));
  run.started_at = made.started_at;
  run.cwd = ".";
  run.user = made.user;
  run.tags = made.tags;
  return run;
}

std::int64_t metric_number(const Database& database, const model::RunId& run,
                           const std::string& key)
{
  Statement row(database,
                "SELECT m.number FROM metrics m JOIN runs r ON r.number = m.run"
                " WHERE r.id = ? AND m.key = ?");
  return row.bind(run, key).step() ? row.integer(0) : 0;
}

// In the order in which they were recorded, whatever the page's own is: what was recorded together
// lies together.
ports::Page<model::ClientRun> read_page(const Database& database, const FoundRows& found)
{
  std::vector<std::size_t> places(found.numbers.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::sort(places.begin(), places.end(),
            [&](std::size_t a, std::size_t b) { return found.numbers[a] < found.numbers[b]; });
  ports::Page<model::ClientRun> page;
  page.next = found.next;
  page.items.resize(places.size());
  ClientRunReader reader(database);
  for (const std::size_t place : places) {
    page.items[place] = reader.read(found.numbers[place]);
  }
  return page;
}

// Absent: what is known of the steps is not what the database has.
std::optional<std::vector<model::MetricPoint>> read_points(
    const Database& database, std::int64_t metric,
    const std::vector<model::StepSeries::Span>& spans, const std::vector<std::int64_t>& steps)
{
  std::vector<model::MetricPoint> points;
  Statement rows(database,
                 "SELECT value, step, time_ms FROM metric_points WHERE metric = ?"
                 " AND ordinal BETWEEN ? AND ? ORDER BY ordinal");
  std::uint64_t expected = 0;
  for (const model::StepSeries::Span& span : spans) {
    expected += span.count;
    for (rows.bind(metric, span.first, span.first + span.count - 1); rows.step();) {
      points.push_back({rows.real_or_nan(0), rows.integer(1), rows.time(2)});
      if (!std::binary_search(steps.begin(), steps.end(), points.back().step)) {
        return std::nullopt;
      }
    }
  }
  return points.size() == expected ? std::optional(std::move(points)) : std::nullopt;
}

}  // namespace

void SqliteClientRuns::create(const ports::NewRun& made)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = write_run(database, record_of(database, made));
    Statement(database, "UPDATE runs SET client = 1 WHERE number = ?").bind(number).run();
    for (const auto& [key, value] : made.tags) {
      apply_told_tag(database, number, key, value);
    }
  });
}

void SqliteClientRuns::adopt(const ports::NewRun& made)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_active_run(database, made.id).number;
    const std::int64_t experiment = require_active_experiment(database, made.experiment);
    Statement(database,
              "UPDATE runs SET experiment = ?, name = coalesce(nullif(?, ''), name)"
              " WHERE number = ?")
        .bind(experiment, made.name, number)
        .run();
    ports::ClientBatch batch;
    for (const auto& [key, value] : made.tags) {
      batch.tags.emplace_back(key, value);
    }
    write_client_batch(database, made.id, batch, made.started_at);
  });
}

void SqliteClientRuns::update(const model::RunId& id, const ports::RunChange& change,
                              model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const ClientRunRow row = require_active_run(database, id);
    if (change.status || change.ended_at) {
      write_client_status(database, row, change, now);
    }
    if (change.name) {
      ports::ClientBatch batch;
      batch.tags.emplace_back("mlflow.runName", *change.name);
      write_client_batch(database, id, batch, now);
    }
  });
}

void SqliteClientRuns::set_deleted(const model::RunId& id, bool deleted, model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_client_run(database, id).number;
    Statement(database, "UPDATE runs SET deleted_at = ? WHERE number = ?")
        .bind(deleted ? std::optional(now) : std::nullopt, number)
        .run();
  });
}

void SqliteClientRuns::log(const model::RunId& id, const ports::ClientBatch& batch,
                           model::Timestamp now)
{
  pool_.write([&](Database& database) { write_client_batch(database, id, batch, now); });
}

void SqliteClientRuns::delete_tag(const model::RunId& id, const std::string& key,
                                  model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_active_run(database, id).number;
    Statement history(database,
                      "INSERT INTO tag_history (run, key, value, replaced_at)"
                      " SELECT run, key, value, ? FROM tags WHERE run = ? AND key = ?");
    history.bind(now, number, key).run();
    if (database.changes() == 0) {
      throw Error(ErrorKind::not_found, "No tag with name: " + key + " in run with id " + id.str());
    }
    Statement(database, "DELETE FROM tags WHERE run = ? AND key = ?").bind(number, key).run();
  });
}

void SqliteClientRuns::change_tag(const model::RunId& id, const std::string& key,
                                  const std::function<std::string(const std::string&)>& change,
                                  model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_active_run(database, id).number;
    std::string present;
    {
      Statement tag(database, "SELECT value FROM tags WHERE run = ? AND key = ?");
      present = tag.bind(number, key).step() ? tag.text(0) : "";
    }
    ports::ClientBatch batch;
    batch.tags.emplace_back(key, change(present));
    write_client_batch(database, id, batch, now);
  });
}

void SqliteClientRuns::link_datasets(const model::RunId& id,
                                     const std::vector<model::DatasetLink>& datasets)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_active_run(database, id).number;
    for (const model::DatasetLink& link : datasets) {
      write_dataset_link(database, number, link);
    }
  });
}

void SqliteClientRuns::link_models(const model::RunId& id,
                                   const std::vector<model::ModelLink>& read,
                                   const std::vector<model::ModelLink>& made)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_active_run(database, id).number;
    write_model_links(database, number, "input", read);
    write_model_links(database, number, "output", made);
  });
}

std::optional<model::ClientRun> SqliteClientRuns::find(const model::RunId& id)
{
  return pool_.read([&](Database& database) -> std::optional<model::ClientRun> {
    const ReadTransaction transaction(database);
    Statement row(database, "SELECT number FROM runs WHERE id = ?");
    if (!row.bind(id).step()) {
      return std::nullopt;
    }
    return ClientRunReader(database).read(row.integer(0));
  });
}

ports::Page<model::ClientRun> SqliteClientRuns::search(const ports::SearchRequest& request)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    return read_page(database, find_runs(database, request));
  });
}

std::vector<model::MetricObservation> SqliteClientRuns::history(
    const ports::HistoryRequest& request)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    (void)require_client_run(database, request.run);
    std::vector<model::MetricObservation> points;
    Statement rows(database,
                   "SELECT value, step, time_ms FROM metric_points"
                   " WHERE metric = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?");
    const std::int64_t limit =
        request.limit ? static_cast<std::int64_t>(*request.limit) : std::int64_t{-1};
    for (rows.bind(metric_number(database, request.run, request.key), request.skip, limit);
         rows.step();) {
      points.push_back({request.key, rows.real_or_nan(0), rows.integer(1), rows.time(2)});
    }
    return points;
  });
}

void SqliteClientRuns::for_each_point(
    const model::RunId& run, const std::string& key,
    const std::function<void(const model::MetricObservation&)>& visit)
{
  pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    (void)require_client_run(database, run);
    Statement rows(database,
                   "SELECT value, step, time_ms FROM metric_points WHERE metric = ?"
                   " ORDER BY ordinal");
    model::MetricObservation point{key, 0, 0, {}};
    for (rows.bind(metric_number(database, run, key)); rows.step();) {
      point.value = rows.real_or_nan(0);
      point.step = rows.integer(1);
      point.time = rows.time(2);
      visit(point);
    }
  });
}

model::StepSeries SqliteClientRuns::steps(const model::RunId& run, const std::string& key)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    (void)require_client_run(database, run);
    return *known_steps_.read(database, {metric_number(database, run, key), run, key});
  });
}

std::vector<model::MetricPoint> SqliteClientRuns::points_at(const model::RunId& run,
                                                            const std::string& key,
                                                            const std::vector<std::int64_t>& steps)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    const StepCache::Metric metric{metric_number(database, run, key), run, key};
    auto points = read_points(database, metric.number,
                              known_steps_.read(database, metric)->find(steps), steps);
    if (!points) {
      known_steps_.forget(metric.number);
      points = read_points(database, metric.number,
                           known_steps_.read(database, metric)->find(steps), steps);
    }
    if (!points) {
      throw Error(ErrorKind::corrupt, "the points of metric '" + key + "' of run " + run.str() +
                                          " are not numbered one by one");
    }
    return *std::move(points);
  });
}

std::vector<ports::DatasetSummary> SqliteClientRuns::datasets(
    const std::vector<std::int64_t>& experiments, std::size_t limit)
{
  return pool_.read([&](Database& database) {
    std::vector<ports::DatasetSummary> found;
    Statement rows(database,
                   "SELECT DISTINCT l.name, l.fingerprint, coalesce(t.value, '')"
                   " FROM logged_datasets l JOIN run_datasets d ON d.dataset = l.number"
                   " LEFT JOIN run_dataset_tags t ON t.link = d.number"
                   " AND t.key = 'mlflow.data.context' WHERE l.experiment = ?"
                   " ORDER BY l.name, l.fingerprint LIMIT ?");
    for (const std::int64_t wanted : experiments) {
      const std::int64_t experiment = experiment_number(database, wanted);
      for (rows.bind(experiment, limit - found.size()); rows.step();) {
        found.push_back({experiment, rows.text(0), rows.text(1), rows.text(2)});
      }
    }
    return found;
  });
}

}  // namespace mlrepro::sqlite
