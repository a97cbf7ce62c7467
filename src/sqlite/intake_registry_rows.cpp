// SPDX-License-Identifier: Apache-2.0
#include "sqlite/intake_registry_rows.hpp"

#include <set>

#include "sqlite/sqlite_logged_models.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {
namespace {

std::int64_t number_of(const Database& database, const char* sql, const std::string& name)
{
  Statement row(database, sql);
  row.bind(name).step();
  return row.integer(0);
}

std::int64_t write_model_row(const Database& database, const ports::IntakeModel& intake)
{
  const model::LoggedModel& model = intake.model.record;
  const auto run = model.source_run.empty() ? std::nullopt : std::optional(model.source_run);
  std::optional<model::Timestamp> deleted;
  if (intake.model.deleted) {
    deleted = model.updated_at;
  }
  Statement(database,
            "INSERT INTO logged_models (id, experiment, name, model_type, source_run, status,"
            " created_at, updated_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET experiment = excluded.experiment,"
            " name = excluded.name, status = excluded.status, updated_at = excluded.updated_at,"
            " deleted_at = excluded.deleted_at")
      .bind(model.id, intake.experiment, model.name, model.model_type, run,
            status_text(model.status), model.created_at, model.updated_at, deleted)
      .run();
  return number_of(database, "SELECT number FROM logged_models WHERE id = ?", model.id);
}

void write_model_metrics(const Database& database, std::int64_t number,
                         const model::LoggedModel& model)
{
  Statement row(database,
                "INSERT INTO logged_model_metrics (model, key, run, dataset_name,"
                " dataset_fingerprint, step, time_ms, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (model, key, run, dataset_name, dataset_fingerprint) DO UPDATE"
                " SET step = excluded.step, time_ms = excluded.time_ms, value = excluded.value"
                " WHERE (excluded.step, excluded.time_ms) >= (step, time_ms)");
  for (const model::ModelMetric& metric : model.metrics) {
    row.bind(number, metric.key, metric.run, metric.dataset_name, metric.dataset_fingerprint,
             metric.step, metric.time, metric.value)
        .run();
  }
}

void write_pairs(const Database& database, const std::string& sql, std::int64_t owner,
                 const std::map<std::string, std::string>& pairs)
{
  Statement row(database, sql);
  for (const auto& [key, value] : pairs) {
    row.bind(owner, key, value).run();
  }
}

// One registered model while it is taken.
class RegistryWriter {
 public:
  RegistryWriter(const Database& database, const ports::IntakeRegisteredModel& intake,
                 const model::TroubleSink& troubles)
      : database_(database), intake_(intake), model_(intake.model.record), troubles_(troubles)
  {
  }

  void write()
  {
    write_row();
    for (const model::ModelVersion& version : intake_.model.versions) {
      write_version(version);
    }
    for (const auto& [alias, version] : model_.aliases) {
      write_alias(alias, version);
    }
    Statement(database_,
              "INSERT OR REPLACE INTO imported_registered_models (model, state) VALUES (?, ?)")
        .bind(number_, clashes_ ? std::nullopt : intake_.state)
        .run();
  }

 private:
  void write_row()
  {
    Statement known(database_,
                    "SELECT m.number, i.model IS NOT NULL FROM registered_models m"
                    " LEFT JOIN imported_registered_models i ON i.model = m.number"
                    " WHERE m.name = ?");
    const bool here = known.bind(model_.name).step();
    imported_before_ = here && known.boolean(1);
    number_ = here ? known.integer(0) : 0;
    known.reset();
    if (!here) {
      Statement(database_,
                "INSERT INTO registered_models (name, description, created_at, updated_at)"
                " VALUES (?, ?, ?, ?)")
          .bind(model_.name, model_.description, model_.created_at, model_.updated_at)
          .run();
      number_ = database_.last_row();
    } else if (imported_before_) {
      Statement(database_,
                "UPDATE registered_models SET description = ?, updated_at = ? WHERE number = ?")
          .bind(model_.description, model_.updated_at, number_)
          .run();
    }
    // Of a model that somebody made here, what was said here stays.
    write_pairs(database_,
                std::string(imported_before_ ? "INSERT OR REPLACE" : "INSERT OR IGNORE") +
                    " INTO registered_model_tags (model, key, value) VALUES (?, ?, ?)",
                number_, model_.tags);
  }

  void write_version(const model::ModelVersion& version)
  {
    Statement known(
        database_, "SELECT number, created_at FROM model_versions WHERE model = ? AND version = ?");
    std::int64_t number = 0;
    if (known.bind(number_, version.version).step()) {
      if (known.time(1) != version.created_at) {
        clash("model version", std::to_string(version.version),
              "another version of this number is here; it stays as it is");
        others_.insert(version.version);
        return;
      }
      number = known.integer(0);
      known.reset();
      Statement(database_,
                "UPDATE model_versions SET source = ?, description = ?, stage = ?, updated_at = ?"
                " WHERE number = ?")
          .bind(version.source, version.description, version.stage, version.updated_at, number)
          .run();
    } else {
      known.reset();
      number = insert_version(version);
    }
    write_pairs(database_,
                "INSERT OR REPLACE INTO model_version_tags (version, key, value) VALUES (?, ?, ?)",
                number, version.tags);
  }

  std::int64_t insert_version(const model::ModelVersion& version)
  {
    Statement(database_,
              "INSERT INTO model_versions (model, version, source, run_id, run_link, model_id,"
              " description, user_id, stage, created_at, updated_at)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(number_, version.version, version.source, version.run_id, version.run_link,
              version.model_id, version.description, version.user, version.stage,
              version.created_at, version.updated_at)
        .run();
    return database_.last_row();
  }

  void write_alias(const std::string& alias, std::int64_t version)
  {
    Statement known(database_,
                    "SELECT version FROM registered_model_aliases WHERE model = ? AND alias = ?");
    const bool other = known.bind(number_, alias).step() && known.integer(0) != version;
    known.reset();
    if ((other && !imported_before_) || others_.contains(version)) {
      clash("alias", alias, "it names another version here, or none");
      return;
    }
    Statement(database_,
              "INSERT OR REPLACE INTO registered_model_aliases (model, alias, version)"
              " VALUES (?, ?, ?)")
        .bind(number_, alias, version)
        .run();
  }

  void clash(const char* kind, const std::string& what, const std::string& why)
  {
    clashes_ = true;
    troubles_({kind, model_.name + "/" + what, why});
  }

  const Database& database_;
  const ports::IntakeRegisteredModel& intake_;
  const model::RegisteredModel& model_;
  const model::TroubleSink& troubles_;
  std::int64_t number_ = 0;
  bool imported_before_ = false;
  bool clashes_ = false;
  std::set<std::int64_t> others_;  // versions that are not those of the other registry
};

}  // namespace

void write_intake_model(const Database& database, const ports::IntakeModel& intake)
{
  const std::int64_t number = write_model_row(database, intake);
  const model::LoggedModel& model = intake.model.record;
  write_pairs(database,
              "INSERT OR REPLACE INTO logged_model_params (model, key, value) VALUES (?, ?, ?)",
              number, model.params);
  write_pairs(database,
              "INSERT OR REPLACE INTO logged_model_tags (model, key, value) VALUES (?, ?, ?)",
              number, model.tags);
  write_model_metrics(database, number, model);
  Statement artifact(database,
                     "INSERT INTO model_artifacts (model, path, digest, bytes) VALUES (?, ?, ?, ?)"
                     " ON CONFLICT (model, path) DO UPDATE"
                     " SET digest = excluded.digest, bytes = excluded.bytes");
  for (const model::Artifact& each : intake.artifacts) {
    artifact.bind(number, each.path, each.digest, each.bytes).run();
  }
  Statement(database, "INSERT OR REPLACE INTO imported_logged_models (model, state) VALUES (?, ?)")
      .bind(number, intake.state)
      .run();
}

void write_intake_registered_model(const Database& database,
                                   const ports::IntakeRegisteredModel& intake,
                                   const model::TroubleSink& troubles)
{
  RegistryWriter(database, intake, troubles).write();
}

}  // namespace mlrepro::sqlite
