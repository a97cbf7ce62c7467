// SPDX-License-Identifier: Apache-2.0
#include "sources/mlflow_database.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "mlrepro/format/mlflow_files.hpp"
#include "mlrepro/model/error.hpp"
#include "sources/mlflow_legacy.hpp"
#include "sources/private_copy.hpp"
#include "sources/sqlite_source.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;
using model::TroubleSink;

// Tables that are read, and those that only serve MLflow itself.
bool is_known(const std::string& table)
{
  constexpr std::string_view k_known =
      " alembic_version datasets experiment_tags experiments input_tags inputs job_locks"
      " latest_metrics logged_model_metrics logged_model_params logged_model_tags logged_models"
      " metrics model_version_tags model_versions params registered_model_aliases"
      " registered_model_tags registered_models runs scheduler_leases tags workspaces ";
  return k_known.find(" " + table + " ") != std::string_view::npos || table.starts_with("sql_");
}

// What SQLite can't hold is written as these.
double value_of(const MlflowRows& rows, std::size_t value, std::size_t is_nan)
{
  if (rows.integer(is_nan).value_or(0) != 0 || rows.text(is_nan) == "true") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double number = rows.number(value).value_or(std::numeric_limits<double>::quiet_NaN());
  const bool endless = std::fabs(number) >= std::numeric_limits<double>::max();
  return endless ? std::copysign(std::numeric_limits<double>::infinity(), number) : number;
}

// The first read of a damaged or foreign file fails.
template <typename Action>
auto in_words(const std::string& path, const Action& action)
{
  try {
    return action();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::external && error.kind() != ErrorKind::usage) {
      throw;
    }
    const std::string label = "source '" + path + "': ";
    const std::string said = error.message();
    const std::string why = said.starts_with(label) ? said.substr(label.size()) : said;
    const bool busy = why.find("database is locked") != std::string::npos;
    throw Error(busy ? ErrorKind::locked : ErrorKind::corrupt,
                "'" + path + "' can't be read as a database of MLflow: " + why,
                busy ? "try again when its server rests"
                     : "name the folder 'mlruns' or the database 'mlflow.db' of MLflow");
  }
}

std::string of_run(const std::string& id)
{
  return "WHERE run_uuid = " + sql_text(id);
}

std::string of_model(const std::string& id)
{
  return "WHERE model_id = " + sql_text(id);
}

}  // namespace

MlflowDatabase::MlflowDatabase(const std::string& path, const std::string& copy)
{
  in_words(path, [&] {
    source_ = open_sqlite(needs_copy(path) ? copy_database(path, copy) : path, path);
    tables_ = std::make_unique<MlflowTables>(*source_);
  });
}

std::vector<model::MlflowExperiment> MlflowDatabase::experiments(const TroubleSink&)
{
  return in_words(source_->identity().uri, [&] {
    std::vector<model::MlflowExperiment> found;
    MlflowRows rows = tables_->select(
        "experiments",
        {"experiment_id", "name", "lifecycle_stage", "creation_time", "last_update_time"},
        "ORDER BY experiment_id");
    while (rows.next()) {
      model::MlflowExperiment experiment{rows.text(0), rows.text(1), rows.text(2) == "deleted",
                                         rows.time(3), rows.time(4), {}};
      experiment.tags = tables_->pairs("experiment_tags", "key", "value",
                                       "WHERE experiment_id = " + sql_text(experiment.id));
      found.push_back(std::move(experiment));
    }
    return found;
  });
}

std::vector<std::string> MlflowDatabase::runs(const model::MlflowExperiment& experiment,
                                              const TroubleSink& troubles)
{
  std::vector<std::string> ids;
  try {
    MlflowRows rows = tables_->query("SELECT run_uuid FROM runs WHERE experiment_id = " +
                                     sql_text(experiment.id) + " ORDER BY start_time, run_uuid");
    while (rows.next()) {
      ids.push_back(rows.text(0));
    }
  } catch (const Error& error) {
    troubles({"experiment", experiment.name, error.message()});
  }
  return ids;
}

std::optional<model::MlflowRun> MlflowDatabase::run(const model::MlflowExperiment& experiment,
                                                    const std::string& id,
                                                    const TroubleSink& troubles)
{
  try {
    auto run = read_run(id, troubles);
    if (run) {
      run->experiment = experiment.id;
    }
    return run;
  } catch (const Error& error) {
    troubles({"run", id, error.message()});
    return std::nullopt;
  }
}

std::optional<model::MlflowRun> MlflowDatabase::read_run(const std::string& id,
                                                         const TroubleSink& troubles) const
{
  MlflowRows row = tables_->select(
      "runs",
      {"name", "user_id", "status", "start_time", "end_time", "deleted_time", "lifecycle_stage",
       "artifact_uri", "source_type", "source_name", "source_version", "entry_point_name"},
      of_run(id));
  if (!row.next()) {
    return std::nullopt;  // deleted for good meanwhile
  }
  const auto status = format::parse_mlflow_status(row.text(2));
  if (!status) {
    troubles({"run", id, "its status is '" + row.text(2) + "'"});
    return std::nullopt;
  }
  model::MlflowRun run;
  run.id = id;
  run.user = row.text(1);
  run.status = *status;
  run.started_at = row.time(3);
  run.ended_at = row.time(4);
  run.deleted_at = row.time(5);
  run.deleted = row.text(6) == "deleted";
  run.artifact_uri = row.text(7);
  run.params = tables_->pairs("params", "key", "value", of_run(id));
  run.tags = tables_->pairs("tags", "key", "value", of_run(id));
  add_legacy_fields({row.text(0), row.text(8), row.text(9), row.text(10), row.text(11)}, run);
  MlflowRows series = tables_->query("SELECT \"key\", count(*), max(timestamp) FROM metrics " +
                                     of_run(id) + " GROUP BY \"key\"");
  while (series.next()) {
    run.metrics.push_back({series.text(0), series.text(1) + " " + series.text(2)});
  }
  read_datasets(run);
  run.models_read = links(id, "INPUT");
  run.models_made = links(id, "OUTPUT");
  return run;
}

void MlflowDatabase::read_datasets(model::MlflowRun& run) const
{
  if (!tables_->has("inputs") || !tables_->has("datasets")) {
    return;
  }
  MlflowRows rows = tables_->query(
      "SELECT d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema,"
      " d.dataset_profile, i.input_uuid FROM inputs i JOIN datasets d"
      " ON d.dataset_uuid = i.source_id WHERE i.source_type = 'DATASET'"
      " AND i.destination_type = 'RUN' AND i.destination_id = " +
      sql_text(run.id) + " ORDER BY d.name, d.digest");
  while (rows.next()) {
    run.datasets.push_back(
        {{rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.find(4), rows.find(5)},
         tables_->pairs("input_tags", "name", "value",
                        "WHERE input_uuid = " + sql_text(rows.text(6))),
         {},
         {}});
  }
}

std::vector<model::ModelLink> MlflowDatabase::links(const std::string& run,
                                                    const std::string& role) const
{
  std::vector<model::ModelLink> found;
  MlflowRows rows =
      tables_->select("inputs", {"destination_id", "step"},
                      "WHERE source_type = 'RUN_" + role + "' AND destination_type = 'MODEL_" +
                          role + "' AND source_id = " + sql_text(run) + " ORDER BY destination_id");
  while (rows.next()) {
    found.push_back({rows.text(0), rows.integer(1).value_or(0)});
  }
  return found;
}

std::vector<model::MetricPoint> MlflowDatabase::points(const model::MlflowRun& run,
                                                       const std::string& key,
                                                       const TroubleSink& troubles)
{
  std::vector<model::MetricPoint> points;
  std::uint64_t bad = 0;
  try {
    MlflowRows rows = tables_->select("metrics", {"value", "is_nan", "timestamp", "step"},
                                      of_run(run.id) + " AND \"key\" = " + sql_text(key));
    while (rows.next()) {
      const auto time = rows.time(2);
      if (time) {
        points.push_back({value_of(rows, 0, 1), rows.integer(3).value_or(0), *time});
      }
      bad += time ? 0 : 1;
    }
  } catch (const Error& error) {
    troubles({"metric", run.id + "/" + key, error.message()});
  }
  if (bad > 0) {
    troubles({"metric", run.id + "/" + key,
              std::to_string(bad) + " of its points have an impossible time"});
  }
  return points;
}

std::vector<model::MlflowModel> MlflowDatabase::models(const model::MlflowExperiment& experiment,
                                                       const TroubleSink& troubles)
{
  std::vector<model::MlflowModel> found;
  try {
    MlflowRows rows = tables_->select(
        "logged_models",
        {"model_id", "name", "model_type", "source_run_id", "status", "creation_timestamp_ms",
         "last_updated_timestamp_ms", "lifecycle_stage", "artifact_location", "status_message"},
        "WHERE experiment_id = " + sql_text(experiment.id) + " ORDER BY creation_timestamp_ms");
    while (rows.next()) {
      model::MlflowModel model;
      model.experiment = experiment.id;
      model.record.id = rows.text(0);
      model.record.name = rows.text(1);
      model.record.model_type = rows.text(2);
      model.record.source_run = rows.text(3);
      model.record.status =
          format::parse_mlflow_model_status(rows.text(4)).value_or(model::ModelStatus::pending);
      model.record.created_at = rows.time(5).value_or(model::Timestamp{});
      model.record.updated_at = rows.time(6).value_or(model.record.created_at);
      model.deleted = rows.text(7) == "deleted";
      model.artifact_uri = rows.text(8);
      if (!rows.text(9).empty()) {
        troubles({"status message", model.record.id, rows.text(9), false});
      }
      read_model_values(model);
      found.push_back(std::move(model));
    }
  } catch (const Error& error) {
    troubles({"model", experiment.name, error.message()});
  }
  return found;
}

void MlflowDatabase::read_model_values(model::MlflowModel& model) const
{
  const std::string where = of_model(model.record.id);
  model.record.params = tables_->pairs("logged_model_params", "param_key", "param_value", where);
  model.record.tags = tables_->pairs("logged_model_tags", "tag_key", "tag_value", where);
  MlflowRows metrics =
      tables_->select("logged_model_metrics",
                      {"metric_name", "metric_value", "metric_step", "metric_timestamp_ms",
                       "run_id", "dataset_name", "dataset_digest"},
                      where + " ORDER BY metric_timestamp_ms");
  while (metrics.next()) {
    const auto time = metrics.time(3);
    if (time) {
      model.record.metrics.push_back(
          {metrics.text(0), metrics.number(1).value_or(std::numeric_limits<double>::quiet_NaN()),
           metrics.integer(2).value_or(0), *time, metrics.text(4), metrics.text(5),
           metrics.text(6)});
    }
  }
}

std::vector<model::MlflowRegisteredModel> MlflowDatabase::registered_models(
    const TroubleSink& troubles)
{
  std::vector<model::MlflowRegisteredModel> found;
  try {
    MlflowRows rows = tables_->select("registered_models",
                                      {"name", "description", "creation_time", "last_updated_time"},
                                      "ORDER BY name");
    while (rows.next()) {
      model::MlflowRegisteredModel model;
      model.record.name = rows.text(0);
      model.record.description = rows.text(1);
      model.record.created_at = rows.time(2).value_or(model::Timestamp{});
      model.record.updated_at = rows.time(3).value_or(model.record.created_at);
      const std::string where = "WHERE name = " + sql_text(model.record.name);
      model.record.tags = tables_->pairs("registered_model_tags", "key", "value", where);
      MlflowRows aliases = tables_->select("registered_model_aliases", {"alias", "version"}, where);
      while (aliases.next()) {
        model.record.aliases.emplace(aliases.text(0), aliases.integer(1).value_or(0));
      }
      read_versions(model, troubles);
      found.push_back(std::move(model));
    }
  } catch (const Error& error) {
    troubles({"registered model", "registered_models", error.message()});
  }
  return found;
}

void MlflowDatabase::read_versions(model::MlflowRegisteredModel& model,
                                   const TroubleSink& troubles) const
{
  MlflowRows rows = tables_->select(
      "model_versions",
      {"version", "source", "run_id", "run_link", "description", "user_id", "current_stage",
       "creation_time", "last_updated_time", "status", "status_message"},
      "WHERE name = " + sql_text(model.record.name) + " ORDER BY version");
  while (rows.next()) {
    if (rows.text(6) == k_deleted_stage) {
      continue;
    }
    model::ModelVersion version;
    version.name = model.record.name;
    version.version = rows.integer(0).value_or(0);
    version.source = rows.text(1);
    version.run_id = rows.text(2);
    version.run_link = rows.text(3);
    version.description = rows.text(4);
    version.user = rows.text(5);
    version.stage = rows.find(6).value_or("None");
    version.created_at = rows.time(7).value_or(model::Timestamp{});
    version.updated_at = rows.time(8).value_or(version.created_at);
    version.tags = tables_->pairs("model_version_tags", "key", "value",
                                  "WHERE name = " + sql_text(version.name) +
                                      " AND version = " + std::to_string(version.version));
    const std::string status = rows.find(9).value_or("READY");
    if (status != "READY") {
      troubles({"model version", version.name + "/" + std::to_string(version.version),
                "its status '" + status + "' has no place here" +
                    (rows.text(10).empty() ? "" : ": " + rows.text(10)),
                false});
    }
    model.versions.push_back(std::move(version));
  }
}

std::map<std::string, std::uint64_t> MlflowDatabase::others(const TroubleSink& troubles)
{
  std::map<std::string, std::uint64_t> counts;
  const auto count = [&](const std::string& kind, const std::string& sql) {
    try {
      MlflowRows rows = tables_->query(sql);
      const auto found = rows.next() ? rows.integer(0).value_or(0) : 0;
      if (found > 0) {
        counts[kind] = static_cast<std::uint64_t>(found);
      }
    } catch (const Error& error) {
      troubles({"table", kind, error.message()});
    }
  };
  for (const auto& [table, columns] : tables_->columns()) {
    if (!is_known(table)) {
      std::string name;
      for (const char character : table) {
        name += character == '"' ? "\"\"" : std::string(1, character);
      }
      count("row of '" + table + "'", "SELECT count(*) FROM \"" + name + "\"");
    }
  }
  if (tables_->has("datasets") && tables_->has("inputs")) {
    count("dataset without a run",
          "SELECT count(*) FROM datasets WHERE dataset_uuid NOT IN (SELECT source_id FROM inputs"
          " WHERE source_type = 'DATASET' AND source_id IS NOT NULL)");
  }
  return counts;
}

}  // namespace mlrepro::sources
