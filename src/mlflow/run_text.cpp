// SPDX-License-Identifier: Apache-2.0
#include "mlflow/run_text.hpp"

#include "mlflow/documents.hpp"
#include "mlflow/json_text.hpp"

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

Json inputs_json(const model::ClientRun& run)
{
  Json datasets = Json::array();
  for (const model::DatasetLink& link : run.datasets) {
    datasets.push_back(dataset_json(link));
  }
  Json inputs = Json::object();
  put_list(inputs, "dataset_inputs", std::move(datasets));
  put_list(inputs, "model_inputs", model_links_json(run.models_read, false));
  return inputs;
}

Json outputs_json(const model::ClientRun& run)
{
  Json outputs = Json::object();
  put_list(outputs, "model_outputs", model_links_json(run.models_made, true));
  return outputs;
}

void write_pairs(JsonWriter& json, const char* name,
                 const std::map<std::string, std::string>& pairs)
{
  if (pairs.empty()) {
    return;
  }
  json.name(name);
  json.begin_array();
  for (const auto& [key, value] : pairs) {
    json.begin_object();
    json.field("key", key);
    json.field("value", value);
    json.end_object();
  }
  json.end_array();
}

void write_data(JsonWriter& json, const model::ClientRun& run)
{
  json.begin_object();
  if (!run.metrics.empty()) {
    json.name("metrics");
    json.begin_array();
    for (const model::MetricObservation& point : run.metrics) {
      write_point(json, {point.key, {}, point.value, point.step, point.time});
    }
    json.end_array();
  }
  write_pairs(json, "params", run.params);
  write_pairs(json, "tags", run.tags);
  json.end_object();
}

}  // namespace

void write_point(JsonWriter& json, const ShownPoint& point)
{
  json.begin_object();
  json.field("key", point.key);
  if (!point.run_id.empty()) {
    json.field("run_id", point.run_id);
  }
  json.field("step", point.step);
  json.field("timestamp", point.time.ms);
  json.name("value");
  json.number(point.value);
  json.end_object();
}

void write_run_info(JsonWriter& json, const model::ClientRun& run)
{
  json.begin_object();
  json.field("artifact_uri", artifact_root_of_run(run.experiment, run.id));
  if (run.ended_at) {
    json.field("end_time", run.ended_at->ms);
  }
  json.field("experiment_id", std::to_string(run.experiment));
  json.field("lifecycle_stage", run.deleted ? "deleted" : "active");
  json.field("run_id", run.id.str());
  json.field("run_name", run.name);
  json.field("run_uuid", run.id.str());
  json.field("start_time", run.started_at.ms);
  json.field("status", status_word(run.status));
  json.field("user_id", run.user);
  json.end_object();
}

void write_run(JsonWriter& json, const model::ClientRun& run)
{
  json.begin_object();
  json.name("data");
  write_data(json, run);
  json.name("info");
  write_run_info(json, run);
  // Few runs have any of these.
  json.name("inputs");
  json.raw(json_text(inputs_json(run)));
  json.name("outputs");
  json.raw(json_text(outputs_json(run)));
  json.end_object();
}

}  // namespace mlrepro::mlflow
