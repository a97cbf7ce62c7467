// SPDX-License-Identifier: Apache-2.0
#include "sqlite/client_run_rows.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/json_text.hpp"

namespace mlrepro::sqlite {
namespace {

// What a run of ours is, said in the tags that clients expect.
void add_own_tags(const Statement& row, model::ClientRun& run)
{
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      run.tags.emplace(key, value);
    }
  };
  add("mlflow.runName", run.name);
  add("mlflow.user", run.user);
  add("mlflow.parentRunId", row.optional_text(8).value_or(""));
  add("mlflow.note.content", row.text(9));
  add("mlflow.source.git.commit", row.text(10));
  add("mlflow.source.git.branch", row.text(11));
  const bool made_by_client = row.boolean(12);
  if (!made_by_client) {
    std::string command;
    for (const std::string& word : parse_list(row.text(13))) {
      command += (command.empty() ? "" : " ") + word;
    }
    add("mlflow.source.name", command);
    add("mlflow.source.type", command.empty() ? "" : "LOCAL");
  }
}

// Behind those that the run has; one that it has already is as it was when it was first used.
void write_input(const Database& database, std::int64_t run, const model::RunData& input)
{
  Statement(database,
            "INSERT INTO run_data (run, role, ordinal, path, snapshot, digest, files, bytes,"
            " stored, changed) SELECT ?1, 'input', (SELECT coalesce(max(ordinal) + 1, 0)"
            " FROM run_data WHERE run = ?1 AND role = 'input'), ?2, ?3, ?4, ?5, ?6, ?7, 0"
            " WHERE NOT EXISTS (SELECT 1 FROM run_data WHERE run = ?1 AND role = 'input'"
            " AND path = ?2)")
      .bind(run, input.path, input.snapshot, input.digest, input.files, input.bytes, input.stored)
      .run();
}

}  // namespace

ClientRunReader::ClientRunReader(const Database& database)
    : run_(database,
           "SELECT id, experiment, name, user, status, started_at, ended_at,"
           " deleted_at IS NOT NULL, parent, note, code_commit, code_branch, client, command"
           " FROM runs WHERE number = ?"),
      params_(database, "SELECT key, value FROM params WHERE run = ?"),
      tags_(database, "SELECT key, value FROM tags WHERE run = ?"),
      metrics_(database,
               "SELECT m.key, m.last, m.last_step, coalesce(m.last_time_ms, (SELECT p.time_ms"
               " FROM metric_points p WHERE p.metric = m.number AND p.step = m.last_step"
               " AND p.value IS m.last ORDER BY p.ordinal DESC LIMIT 1), 0) FROM metrics m WHERE "
               "m.run = ?"),
      datasets_(database,
                "SELECT d.number, d.snapshot, l.name, l.fingerprint, l.source_type, l.source,"
                " l.schema, l.profile FROM run_datasets d JOIN logged_datasets l"
                " ON l.number = d.dataset WHERE d.run = ? ORDER BY d.number"),
      dataset_tags_(database, "SELECT key, value FROM run_dataset_tags WHERE link = ?"),
      models_(database, "SELECT role, model_id, step FROM run_models WHERE run = ?"),
      any_datasets_(database.query_integer("SELECT EXISTS (SELECT 1 FROM run_datasets)") != 0),
      any_models_(database.query_integer("SELECT EXISTS (SELECT 1 FROM run_models)") != 0)
{
}

model::ClientRun ClientRunReader::read(std::int64_t number)
{
  if (!run_.bind(number).step()) {
    throw model::Error(model::ErrorKind::corrupt, "the store lost run " + std::to_string(number));
  }
  model::ClientRun run;
  run.id = run_.run_id(0);
  run.experiment = run_.integer(1);
  run.name = run_.text(2);
  run.user = run_.text(3);
  run.status = model::parse_run_status(run_.text(4)).value_or(model::RunStatus::lost);
  run.started_at = run_.time(5);
  run.ended_at = run_.optional_time(6);
  run.deleted = run_.boolean(7);
  read_values(number, run);
  add_own_tags(run_, run);
  run_.reset();
  if (any_datasets_) {
    read_datasets(number, run);
  }
  if (any_models_) {
    read_models(number, run);
  }
  return run;
}

void ClientRunReader::read_values(std::int64_t number, model::ClientRun& run)
{
  for (params_.bind(number); params_.step();) {
    run.params.emplace(params_.text(0), params_.text(1));
  }
  params_.reset();
  for (tags_.bind(number); tags_.step();) {
    run.tags.emplace(tags_.text(0), tags_.text(1));
  }
  tags_.reset();
  for (metrics_.bind(number); metrics_.step();) {
    run.metrics.push_back(
        {metrics_.text(0), metrics_.real_or_nan(1), metrics_.integer(2), metrics_.time(3)});
  }
  metrics_.reset();
}

void ClientRunReader::read_datasets(std::int64_t number, model::ClientRun& run)
{
  for (datasets_.bind(number); datasets_.step();) {
    model::DatasetLink link;
    link.snapshot = datasets_.optional_digest(1);
    link.dataset = {datasets_.text(2), datasets_.text(3),          datasets_.text(4),
                    datasets_.text(5), datasets_.optional_text(6), datasets_.optional_text(7)};
    for (dataset_tags_.bind(datasets_.integer(0)); dataset_tags_.step();) {
      link.tags.emplace(dataset_tags_.text(0), dataset_tags_.text(1));
    }
    dataset_tags_.reset();
    run.datasets.push_back(std::move(link));
  }
  datasets_.reset();
}

void ClientRunReader::read_models(std::int64_t number, model::ClientRun& run)
{
  for (models_.bind(number); models_.step();) {
    auto& list = models_.text(0) == "input" ? run.models_read : run.models_made;
    list.push_back({models_.text(1), models_.integer(2)});
  }
  models_.reset();
}

void apply_told_tag(const Database& database, std::int64_t run, const std::string& key,
                    const std::string& value)
{
  const auto set = [&](const char* column) {
    Statement(database, std::string("UPDATE runs SET ") + column + " = ? WHERE number = ?")
        .bind(value, run)
        .run();
  };
  if (key == "mlflow.runName" && !value.empty()) {
    set("name");
  } else if (key == "mlflow.note.content") {
    set("note");
  } else if (key == "mlflow.parentRunId" && model::RunId::parse(value)) {
    set("parent");
  } else if (key == "mlflow.source.git.commit" || key == "mlflow.source.git.branch") {
    // Of a run of ours, the working tree itself was looked at.
    const char* column = key.ends_with("commit") ? "code_commit" : "code_branch";
    Statement(database,
              std::string("UPDATE runs SET ") + column + " = ? WHERE number = ? AND client = 1")
        .bind(value, run)
        .run();
  }
}

void write_dataset_link(const Database& database, std::int64_t run, const model::DatasetLink& link)
{
  const model::LoggedDataset& dataset = link.dataset;
  Statement(database,
            "INSERT INTO logged_datasets (experiment, name, fingerprint, source_type, source,"
            " schema, profile) SELECT experiment, ?, ?, ?, ?, ?, ? FROM runs WHERE number = ?"
            " ON CONFLICT DO NOTHING")
      .bind(dataset.name, dataset.fingerprint, dataset.source_type, dataset.source, dataset.schema,
            dataset.profile, run)
      .run();
  Statement(database,
            "INSERT INTO run_datasets (run, dataset, snapshot) SELECT r.number, l.number, ?"
            " FROM runs r JOIN logged_datasets l ON l.experiment = r.experiment AND l.name = ?"
            " AND l.fingerprint = ? WHERE r.number = ? ON CONFLICT (run, dataset) DO UPDATE"
            " SET snapshot = coalesce(snapshot, excluded.snapshot)")
      .bind(link.snapshot, dataset.name, dataset.fingerprint, run)
      .run();
  if (link.input) {
    write_input(database, run, *link.input);
  }
  Statement tag(database,
                "INSERT INTO run_dataset_tags (link, key, value) SELECT d.number, ?, ?"
                " FROM run_datasets d JOIN logged_datasets l ON l.number = d.dataset"
                " WHERE d.run = ? AND l.name = ? AND l.fingerprint = ?"
                " ON CONFLICT DO NOTHING");
  for (const auto& [key, value] : link.tags) {
    tag.bind(key, value, run, dataset.name, dataset.fingerprint).run();
  }
}

void write_model_links(const Database& database, std::int64_t run, const char* role,
                       const std::vector<model::ModelLink>& links)
{
  Statement link(database,
                 "INSERT OR REPLACE INTO run_models (run, role, model_id, step)"
                 " VALUES (?, ?, ?, ?)");
  for (const model::ModelLink& each : links) {
    link.bind(run, role, each.model_id, each.step).run();
  }
}

}  // namespace mlrepro::sqlite
