// SPDX-License-Identifier: Apache-2.0
#include "mlflow/documents.hpp"

#include "mlflow/page_token.hpp"

namespace mlrepro::mlflow {
namespace {

const char* status_word(model::RunStatus status)
{
  switch (status) {
    case model::RunStatus::running:
      return "RUNNING";
    case model::RunStatus::finished:
      return "FINISHED";
    case model::RunStatus::killed:
      return "KILLED";
    case model::RunStatus::failed:
    case model::RunStatus::lost:
      break;
  }
  return "FAILED";
}

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

Json model_links_json(const std::vector<model::ModelLink>& links, bool steps)
{
  Json list = Json::array();
  for (const model::ModelLink& link : links) {
    Json item = {{"model_id", link.model_id}};
    if (steps) {
      item["step"] = link.step;
    }
    list.push_back(std::move(item));
  }
  return list;
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
  Json info = {{"run_id", run.id.str()},
               {"run_uuid", run.id.str()},
               {"experiment_id", std::to_string(run.experiment)},
               {"run_name", run.name},
               {"user_id", run.user},
               {"status", status_word(run.status)},
               {"start_time", run.started_at.ms},
               {"artifact_uri", artifact_root_of_run(run.experiment, run.id)},
               {"lifecycle_stage", run.deleted ? "deleted" : "active"}};
  if (run.ended_at) {
    info["end_time"] = run.ended_at->ms;
  }
  return info;
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
  Json metrics = Json::array();
  for (const model::MetricObservation& point : run.metrics) {
    metrics.push_back(metric_json(point));
  }
  Json data = Json::object();
  put_list(data, "metrics", std::move(metrics));
  put_list(data, "params", pairs_json(run.params));
  put_list(data, "tags", pairs_json(run.tags));
  Json datasets = Json::array();
  for (const model::DatasetLink& link : run.datasets) {
    datasets.push_back(dataset_json(link));
  }
  Json inputs = Json::object();
  put_list(inputs, "dataset_inputs", std::move(datasets));
  put_list(inputs, "model_inputs", model_links_json(run.models_read, false));
  Json outputs = Json::object();
  put_list(outputs, "model_outputs", model_links_json(run.models_made, true));
  return {{"info", run_info_json(run)},
          {"data", std::move(data)},
          {"inputs", std::move(inputs)},
          {"outputs", std::move(outputs)}};
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
