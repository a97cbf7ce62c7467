// SPDX-License-Identifier: Apache-2.0
#include "mlflow/documents.hpp"

#include "mlflow/page_token.hpp"
#include "mlflow/run_text.hpp"

namespace mlrepro::mlflow {
namespace {

const char* status_word(model::ModelStatus status)
{
  switch (status) {
    case model::ModelStatus::pending:
      return "LOGGED_MODEL_PENDING";
    case model::ModelStatus::ready:
      return "LOGGED_MODEL_READY";
    case model::ModelStatus::failed:
      break;
  }
  return "LOGGED_MODEL_UPLOAD_FAILED";
}

}  // namespace

void put_list(Json& document, const char* name, Json list)
{
  if (!list.empty()) {
    document[name] = std::move(list);
  }
}

void put_text(Json& document, const char* name, const std::string& text)
{
  if (!text.empty()) {
    document[name] = text;
  }
}

std::string page_token_of(const std::string& place)
{
  return place.empty() ? "" : to_page_token(place);
}

ports::Lifecycle to_lifecycle(const Fields& fields, const std::string& name)
{
  const std::string word = fields.enumerator(name).value_or("ACTIVE_ONLY");
  if (word == "ACTIVE_ONLY" || word == "1" || word.empty()) {
    return ports::Lifecycle::active;
  }
  if (word == "DELETED_ONLY" || word == "2") {
    return ports::Lifecycle::deleted;
  }
  if (word != "ALL" && word != "3") {
    refuse_value(name, "'" + word.substr(0, 100) + "'",
                 "It must be one of ACTIVE_ONLY, DELETED_ONLY, ALL.");
  }
  return ports::Lifecycle::all;
}

std::string artifact_root(std::int64_t experiment, const std::string& owner)
{
  return "mlflow-artifacts:/" + std::to_string(experiment) + "/" + owner + "/artifacts";
}

std::string artifact_root_of_run(std::int64_t experiment, const model::RunId& run)
{
  return artifact_root(experiment, run.str());
}

std::string artifact_root_of_model(std::int64_t experiment, const std::string& model_id)
{
  return artifact_root(experiment, "models/" + model_id);
}

Json experiment_json(const model::ExperimentRecord& experiment)
{
  const std::string id = std::to_string(experiment.number);
  Json document = {{"experiment_id", id},
                   {"name", experiment.name},
                   {"artifact_location", "mlflow-artifacts:/" + id},
                   {"lifecycle_stage", experiment.deleted ? "deleted" : "active"},
                   {"creation_time", experiment.created_at.ms},
                   {"last_update_time", experiment.updated_at.ms}};
  put_list(document, "tags", pairs_json(experiment.tags));
  return document;
}

Json run_info_json(const model::ClientRun& run)
{
  std::string text;
  JsonWriter json(text);
  write_run_info(json, run);
  return Json::parse(text);
}

Json dataset_json(const model::DatasetLink& link)
{
  Json dataset = {{"name", link.dataset.name},
                  {"digest", link.dataset.fingerprint},
                  {"source_type", link.dataset.source_type},
                  {"source", link.dataset.source}};
  if (link.dataset.schema) {
    dataset["schema"] = *link.dataset.schema;
  }
  if (link.dataset.profile) {
    dataset["profile"] = *link.dataset.profile;
  }
  Json document = {{"dataset", std::move(dataset)}};
  auto tags = link.tags;
  if (link.snapshot) {
    tags.emplace("mlrepro.snapshot", link.snapshot->to_string());
  }
  put_list(document, "tags", pairs_json(tags));
  return document;
}

Json metric_json(const model::MetricObservation& point)
{
  return {{"key", point.key},
          {"value", number_json(point.value)},
          {"timestamp", point.time.ms},
          {"step", point.step}};
}

Json run_json(const model::ClientRun& run)
{
  std::string text;
  JsonWriter json(text);
  write_run(json, run);
  return Json::parse(text);
}

Json logged_model_json(const model::LoggedModel& model)
{
  Json info = {{"model_id", model.id},
               {"experiment_id", std::to_string(model.experiment)},
               {"name", model.name},
               {"creation_timestamp_ms", model.created_at.ms},
               {"last_updated_timestamp_ms", model.updated_at.ms},
               {"artifact_uri", artifact_root_of_model(model.experiment, model.id)},
               {"status", status_word(model.status)}};
  put_text(info, "model_type", model.model_type);
  put_text(info, "source_run_id", model.source_run);
  put_list(info, "tags", pairs_json(model.tags));
  Json metrics = Json::array();
  for (const model::ModelMetric& metric : model.metrics) {
    Json item = metric_json({metric.key, metric.value, metric.step, metric.time});
    item["model_id"] = model.id;
    put_text(item, "run_id", metric.run);
    put_text(item, "dataset_name", metric.dataset_name);
    put_text(item, "dataset_digest", metric.dataset_fingerprint);
    metrics.push_back(std::move(item));
  }
  Json data = Json::object();
  put_list(data, "params", pairs_json(model.params));
  put_list(data, "metrics", std::move(metrics));
  return {{"info", std::move(info)}, {"data", std::move(data)}};
}

Json model_version_json(const model::ModelVersion& version)
{
  Json document = {{"name", version.name},
                   {"version", std::to_string(version.version)},
                   {"creation_timestamp", version.created_at.ms},
                   {"last_updated_timestamp", version.updated_at.ms},
                   {"current_stage", version.stage},
                   {"description", version.description},
                   {"source", version.source},
                   {"run_id", version.run_id},
                   {"status", "READY"},
                   {"run_link", version.run_link}};
  put_text(document, "user_id", version.user);
  put_text(document, "model_id", version.model_id);
  put_list(document, "tags", pairs_json(version.tags));
  put_list(document, "aliases", Json(version.aliases));
  return document;
}

Json registered_model_json(const model::RegisteredModel& model)
{
  Json document = {{"name", model.name},
                   {"creation_timestamp", model.created_at.ms},
                   {"last_updated_timestamp", model.updated_at.ms}};
  put_text(document, "description", model.description);
  put_list(document, "tags", pairs_json(model.tags));
  Json aliases = Json::array();
  for (const auto& [alias, version] : model.aliases) {
    aliases.push_back({{"alias", alias}, {"version", std::to_string(version)}});
  }
  put_list(document, "aliases", std::move(aliases));
  Json latest = Json::array();
  for (const model::ModelVersion& version : model.latest) {
    latest.push_back(model_version_json(version));
  }
  put_list(document, "latest_versions", std::move(latest));
  return document;
}

}  // namespace mlrepro::mlflow
