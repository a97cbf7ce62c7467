// SPDX-License-Identifier: Apache-2.0
#include "mlflow/dataset_paths.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/json_text.hpp"
#include "mlflow/validation.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_max_fingerprint = 36;
constexpr std::size_t k_max_dataset_name = 500;
constexpr std::size_t k_max_source = 65'535;
constexpr std::size_t k_max_schema = 1'048'575;
constexpr std::size_t k_max_profile = 16'777'215;
constexpr std::size_t k_max_datasets = 1000;
constexpr const char* k_models_tag = "mlflow.log-model.history";

// Scripts that log micro- or nanoseconds get by with MLflow, which shows a year far ahead. No time
// of ours is beyond the year 9999, so they are known by their size, and are what they were meant
// as.
model::Timestamp time_of_point(std::int64_t time)
{
  constexpr std::int64_t k_last_us = model::Timestamp::k_last_ms * 1000;
  return {time <= model::Timestamp::k_last_ms ? time
          : time <= k_last_us                 ? time / 1000
                                              : time / 1'000'000};
}

ports::ClientMetric metric_of(const Fields& fields)
{
  ports::ClientMetric metric;
  metric.point.key = fields.require_text("key");
  metric.point.value = fields.require_number("value");
  metric.point.time = time_of_point(fields.require_integer("timestamp"));
  metric.point.step = fields.integer("step").value_or(0);
  metric.model_id = fields.text_or_empty("model_id");
  metric.dataset_name = fields.text_or_empty("dataset_name");
  metric.dataset_fingerprint = fields.text_or_empty("dataset_digest");
  return metric;
}

std::pair<std::string, std::string> pair_of(const Fields& fields)
{
  return {fields.require_text("key"), fields.text_or_empty("value")};
}

Json log(const Call& call, const ports::ClientBatch& batch)
{
  const model::RunId id = run_id_of(call.fields);
  check_batch(batch);
  call.ports.runs.log(id, batch, call.now);
  return Json::object();
}

ports::ClientBatch single()
{
  ports::ClientBatch batch;
  batch.is_batch = false;
  return batch;
}

std::optional<std::string> limited_text(const Fields& fields, const std::string& name,
                                        std::size_t limit)
{
  auto text = fields.text(name);
  if (text) {
    check_length(name, limit, *text);
  }
  return text;
}

model::DatasetLink dataset_of(const Fields& fields)
{
  model::DatasetLink link;
  const auto dataset = fields.object("dataset");
  if (!dataset) {
    (void)fields.require_text("dataset");
    return link;
  }
  link.dataset.name = dataset->require_text("name");
  link.dataset.fingerprint = dataset->require_text("digest");
  link.dataset.source_type = dataset->require_text("source_type");
  link.dataset.source = dataset->require_text("source");
  check_length("name", k_max_dataset_name, link.dataset.name);
  check_length("digest", k_max_fingerprint, link.dataset.fingerprint);
  check_length("source_type", k_max_name, link.dataset.source_type);
  check_length("source", k_max_source, link.dataset.source);
  link.dataset.schema = limited_text(*dataset, "schema", k_max_schema);
  link.dataset.profile = limited_text(*dataset, "profile", k_max_profile);
  link.tags = fields.pairs("tags");
  for (const auto& [key, value] : link.tags) {
    check_length("key", 255, key);
    check_length("value", 500, value);
  }
  return link;
}

std::vector<model::ModelLink> model_links(const Fields& fields)
{
  std::vector<model::ModelLink> links;
  fields.for_each("models", [&](const Fields& item) {
    links.push_back({item.require_text("model_id"), item.integer("step").value_or(0)});
    check_length("model_id", k_max_name, links.back().model_id);
  });
  return links;
}

// A model that a 2.x client logged is one entry of a list that is kept in a tag.
std::string append_model(const std::string& history, const Json& model)
{
  Json list = Json::parse(history, nullptr, false);
  if (!list.is_array()) {
    list = Json::array();
  }
  list.push_back(model);
  return json_text(list);
}

}  // namespace

Json log_metric(const Call& call)
{
  ports::ClientBatch batch = single();
  batch.metrics.push_back(metric_of(call.fields));
  return log(call, batch);
}

Json log_parameter(const Call& call)
{
  ports::ClientBatch batch = single();
  batch.params.push_back(pair_of(call.fields));
  return log(call, batch);
}

Json log_batch(const Call& call)
{
  ports::ClientBatch batch;
  call.fields.for_each("metrics",
                       [&](const Fields& item) { batch.metrics.push_back(metric_of(item)); });
  call.fields.for_each("params",
                       [&](const Fields& item) { batch.params.push_back(pair_of(item)); });
  call.fields.for_each("tags", [&](const Fields& item) { batch.tags.push_back(pair_of(item)); });
  return log(call, batch);
}

Json set_run_tag(const Call& call)
{
  ports::ClientBatch batch = single();
  batch.tags.push_back(pair_of(call.fields));
  return log(call, batch);
}

Json delete_run_tag(const Call& call)
{
  const model::RunId id = run_id_of(call.fields);
  call.ports.runs.delete_tag(id, call.fields.require_text("key"), call.now);
  return Json::object();
}

Json log_inputs(const Call& call)
{
  const model::RunId id = run_id_of(call.fields);
  std::vector<model::DatasetLink> datasets;
  call.fields.for_each("datasets",
                       [&](const Fields& item) { datasets.push_back(dataset_of(item)); });
  if (datasets.size() > k_max_datasets) {
    refuse("A batch logging request can contain at most " + std::to_string(k_max_datasets) +
           " datasets. Got " + std::to_string(datasets.size()) + " datasets.");
  }
  const auto models = model_links(call.fields);
  for (model::DatasetLink& link : datasets) {
    if (const auto path = local_path(link.dataset)) {
      link.input = call.ports.sources.take(id, *path);
      link.snapshot = link.input ? link.input->snapshot : std::nullopt;
    }
  }
  call.ports.runs.link_datasets(id, datasets);
  if (!models.empty()) {
    call.ports.runs.link_models(id, models, {});
  }
  return Json::object();
}

Json log_outputs(const Call& call)
{
  const model::RunId id = run_id_of(call.fields);
  if (!call.fields.has("models")) {
    (void)call.fields.require_text("models");
  }
  call.ports.runs.link_models(id, {}, model_links(call.fields));
  return Json::object();
}

Json log_model(const Call& call)
{
  const model::RunId id = run_id_of(call.fields);
  const std::string text = call.fields.require_text("model_json");
  check_length("model_json", k_max_tag, text);
  const Json model = Json::parse(text, nullptr, false);
  if (!model.is_object()) {
    refuse("Malformed model info. It is no JSON object.");
  }
  std::string missing;
  for (const char* name : {"artifact_path", "flavors", "utc_time_created", "run_id"}) {
    if (!model.contains(name)) {
      missing += (missing.empty() ? "'" : ", '") + std::string(name) + "'";
    }
  }
  if (!missing.empty()) {
    refuse("Model json is missing mandatory fields: [" + missing + "]");
  }
  call.ports.runs.change_tag(
      id, k_models_tag, [&](const std::string& history) { return append_model(history, model); },
      call.now);
  return Json::object();
}

}  // namespace mlrepro::mlflow
