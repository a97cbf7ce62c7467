// SPDX-License-Identifier: Apache-2.0
#include "sqlite/client_log.hpp"

#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/run_event.hpp"
#include "mlrepro/plan/levels.hpp"
#include "sqlite/client_run_rows.hpp"
#include "sqlite/event_writer.hpp"
#include "sqlite/json_text.hpp"
#include "sqlite/run_rows.hpp"

namespace mlrepro::sqlite {
namespace {

using model::Error;
using model::ErrorKind;

// A client that got no answer sends its batch again: what may be there twice is among the last.
constexpr std::int64_t k_points_looked_at = 2000;

[[noreturn]] void refuse_param(const ports::ClientBatch& batch, const model::RunId& id,
                               const std::vector<std::array<std::string, 3>>& changed)
{
  if (!batch.is_batch) {
    throw Error(ErrorKind::usage, "Changing param values is not allowed. Param with key='" +
                                      changed[0][0] + "' was already logged with value='" +
                                      changed[0][1] + "' for run ID='" + id.str() +
                                      "'. Attempted logging new value '" + changed[0][2] + "'.");
  }
  std::string list;
  for (const auto& [key, old_value, new_value] : changed) {
    list += std::string(list.empty() ? "" : ", ") + "{'key': '" + key + "', 'old_value': '" +
            old_value + "', 'new_value': '" + new_value + "'}";
  }
  throw Error(ErrorKind::usage,
              "Changing param values is not allowed. Params were already logged='[" + list +
                  "]' for run ID='" + id.str() + "'.");
}

void check_params(const Database& database, std::int64_t run, const model::RunId& id,
                  const ports::ClientBatch& batch)
{
  Statement known(database, "SELECT value FROM params WHERE run = ? AND key = ?");
  std::vector<std::array<std::string, 3>> changed;
  for (const auto& [key, value] : batch.params) {
    if (known.bind(run, key).step() && known.text(0) != value) {
      changed.push_back({key, known.text(0), value});
    }
    known.reset();
  }
  if (!changed.empty()) {
    refuse_param(batch, id, changed);
  }
}

// Tells which observations a run has already.
class KnownPoints {
 public:
  KnownPoints(const Database& database, std::int64_t run) : database_(database), run_(run) {}

  // Whether this is the first time.
  bool add(const model::MetricObservation& point)
  {
    const auto [place, is_new] = series_.try_emplace(point.key);
    Series& series = place->second;
    if (is_new) {
      find_metric(point.key, series);
    }
    if (!series.read && series.metric != 0 && point.step <= series.last_step) {
      read(series);
    }
    const bool number = !std::isnan(point.value);
    return series.points.emplace(point.step, point.time.ms, number, number ? point.value : 0)
        .second;
  }

 private:
  struct Series {
    std::int64_t metric = 0;
    std::int64_t last_step = 0;
    bool read = false;
    std::set<std::tuple<std::int64_t, std::int64_t, bool, double>> points;
  };

  void find_metric(const std::string& key, Series& series) const
  {
    Statement row(database_, "SELECT number, last_step FROM metrics WHERE run = ? AND key = ?");
    if (row.bind(run_, key).step()) {
      series.metric = row.integer(0);
      series.last_step = row.integer(1);
    }
  }

  void read(Series& series) const
  {
    Statement rows(database_,
                   "SELECT step, time_ms, value FROM metric_points WHERE metric = ?"
                   " ORDER BY ordinal DESC LIMIT ?");
    for (rows.bind(series.metric, k_points_looked_at); rows.step();) {
      const bool number = !rows.is_null(2);
      series.points.emplace(rows.integer(0), rows.integer(1), number,
                            number ? rows.real_or_nan(2) : 0);
    }
    series.read = true;
  }

  const Database& database_;
  std::int64_t run_;
  std::map<std::string, Series> series_;
};

void write_model_metric(const Database& database, const model::RunId& id,
                        const ports::ClientMetric& metric)
{
  Statement model(database, "SELECT number FROM logged_models WHERE id = ?");
  if (!model.bind(metric.model_id).step()) {
    throw Error(ErrorKind::not_found, "Logged model with ID '" + metric.model_id + "' not found.");
  }
  Statement(database,
            "INSERT INTO logged_model_metrics (model, key, run, dataset_name, dataset_fingerprint,"
            " step, time_ms, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (model, key, run, dataset_name, dataset_fingerprint) DO UPDATE"
            " SET step = excluded.step, time_ms = excluded.time_ms, value = excluded.value"
            " WHERE (excluded.step, excluded.time_ms) >= (step, time_ms)")
      .bind(model.integer(0), metric.point.key, id, metric.dataset_name, metric.dataset_fingerprint,
            metric.point.step, metric.point.time, metric.point.value)
      .run();
}

std::vector<model::RunEvent> events_of(const Database& database, std::int64_t run,
                                       const ports::ClientBatch& batch)
{
  std::vector<model::RunEvent> events;
  for (const auto& [key, value] : batch.params) {
    events.emplace_back(model::ParamLogged{key, value, "mlflow"});
  }
  KnownPoints known(database, run);
  for (const ports::ClientMetric& metric : batch.metrics) {
    if (known.add(metric.point)) {
      events.emplace_back(model::MetricLogged{metric.point.key, metric.point.value,
                                              metric.point.step, metric.point.time});
    }
  }
  for (const auto& [key, value] : batch.tags) {
    events.emplace_back(model::TagLogged{key, value});
  }
  return events;
}

// A record that is complete says how far it can be reproduced.
void write_level(const Database& database, std::int64_t number)
{
  const model::Run run = RunReader(database, ports::RunQuery::Detail::full).read(number);
  const plan::RecordedLevel level = plan::recorded_level(run);
  Statement(database, "UPDATE runs SET recorded = ?, missing = ? WHERE number = ?")
      .bind(static_cast<int>(level.level), to_json(level.missing), number)
      .run();
}

}  // namespace

ClientRunRow require_client_run(const Database& database, const model::RunId& id)
{
  Statement row(database,
                "SELECT number, status = 'running', client = 1, deleted_at IS NOT NULL"
                " FROM runs WHERE id = ?");
  if (!row.bind(id).step()) {
    throw Error(ErrorKind::not_found, "Run with id=" + id.str() + " not found");
  }
  return {row.integer(0), row.boolean(1), row.boolean(2), row.boolean(3)};
}

ClientRunRow require_active_run(const Database& database, const model::RunId& id)
{
  const ClientRunRow found = require_client_run(database, id);
  if (found.deleted) {
    throw Error(ErrorKind::usage, "The run " + id.str() +
                                      " must be in the 'active' state. Current state is deleted.");
  }
  return found;
}

void write_client_batch(const Database& database, const model::RunId& id,
                        const ports::ClientBatch& batch, model::Timestamp now)
{
  const ClientRunRow row = require_active_run(database, id);
  check_params(database, row.number, id, batch);
  EventWriter writer(database, row.number,
                     row.running ? EventWriter::When::running : EventWriter::When::ended, now,
                     EventWriter::Ties::latest);
  writer.apply(events_of(database, row.number, batch));
  for (const auto& [key, value] : batch.tags) {
    apply_told_tag(database, row.number, key, value);
  }
  for (const ports::ClientMetric& metric : batch.metrics) {
    if (!metric.model_id.empty()) {
      write_model_metric(database, id, metric);
    }
  }
}

void write_client_status(const Database& database, const ClientRunRow& row,
                         const ports::RunChange& change, model::Timestamp now)
{
  if (!row.by_client) {
    return;
  }
  const bool ends = change.status ? *change.status != model::RunStatus::running : !row.running;
  if (!ends && !row.running) {
    Statement(database,
              "INSERT INTO additions (run, at, kind, key, value)"
              " SELECT number, ?, 'resumed', status, '' FROM runs WHERE number = ?")
        .bind(now, row.number)
        .run();
  }
  if (!ends) {
    Statement(database, "UPDATE runs SET status = 'running', ended_at = NULL WHERE number = ?")
        .bind(row.number)
        .run();
    return;
  }
  const auto status =
      change.status ? std::optional(std::string(model::to_string(*change.status))) : std::nullopt;
  Statement(database,
            "UPDATE runs SET status = coalesce(?, status), ended_at = coalesce(?, ended_at, ?)"
            " WHERE number = ?")
      .bind(status, change.ended_at, now, row.number)
      .run();
  if (row.running) {
    write_level(database, row.number);
  }
}

}  // namespace mlrepro::sqlite
