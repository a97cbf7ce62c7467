// SPDX-License-Identifier: Apache-2.0
#include "mlflow/documents.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/page_token.hpp"
#include "mlflow/validation.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_most_experiments = 50'000;
constexpr std::size_t k_most_datasets = 1000;
constexpr std::size_t k_most_dataset_experiments = 20;
constexpr std::size_t k_max_location = 2048;

std::int64_t experiment_of(const Call& call)
{
  return to_experiment(call.fields.require_text("experiment_id"));
}

// Artifacts lie in the content store, so that there is no other place to choose.
void check_location(const std::string& location)
{
  check_length("artifact_location", k_max_location, location);
  if (!location.empty() && !location.starts_with("mlflow-artifacts:")) {
    refuse(
        "'artifact_location' can't be chosen: this server keeps all artifacts itself, at"
        " mlflow-artifacts:/");
  }
}

}  // namespace

Json create_experiment(const Call& call)
{
  const std::string name = call.fields.require_text("name");
  check_experiment_name(name);
  check_location(call.fields.text_or_empty("artifact_location"));
  const auto tags = call.fields.pairs("tags");
  check_pairs(tags, "", k_max_tag);
  return {{"experiment_id", std::to_string(call.ports.experiments.create(name, tags, call.now))}};
}

Json search_experiments(const Call& call)
{
  if (!call.fields.has("max_results")) {
    (void)call.fields.require_integer("max_results");
  }
  ports::SearchRequest request;
  request.limit = to_limit(call.fields, k_most_experiments, k_most_experiments);
  request.filter = call.fields.text_or_empty("filter");
  request.order = call.fields.texts("order_by");
  request.lifecycle = to_lifecycle(call.fields, "view_type");
  request.after = from_page_token(call.fields.text_or_empty("page_token"));
  return page_json("experiments", call.ports.experiments.search(request), experiment_json);
}

Json get_experiment(const Call& call)
{
  const std::string id = call.fields.require_text("experiment_id");
  const auto experiment = call.ports.experiments.find(to_experiment(id));
  if (!experiment) {
    throw model::Error(model::ErrorKind::not_found, "No Experiment with id=" + id + " exists");
  }
  return {{"experiment", experiment_json(*experiment)}};
}

Json get_experiment_by_name(const Call& call)
{
  const std::string name = call.fields.require_text("experiment_name");
  const auto experiment = call.ports.experiments.find_by_name(name);
  if (!experiment) {
    throw model::Error(model::ErrorKind::not_found,
                       "Could not find experiment with name '" + name + "'");
  }
  return {{"experiment", experiment_json(*experiment)}};
}

Json delete_experiment(const Call& call)
{
  call.ports.experiments.set_deleted(experiment_of(call), true, call.now);
  return Json::object();
}

Json restore_experiment(const Call& call)
{
  call.ports.experiments.set_deleted(experiment_of(call), false, call.now);
  return Json::object();
}

Json update_experiment(const Call& call)
{
  const std::int64_t number = experiment_of(call);
  const std::string name = call.fields.require_text("new_name");
  check_experiment_name(name);
  call.ports.experiments.rename(number, name, call.now);
  return Json::object();
}

Json set_experiment_tag(const Call& call)
{
  const std::int64_t number = experiment_of(call);
  const std::map<std::string, std::string> tags = {
      {call.fields.require_text("key"), call.fields.text_or_empty("value")}};
  check_pairs(tags, "", k_max_tag);
  call.ports.experiments.set_tag(number, tags.begin()->first, tags.begin()->second, call.now);
  return Json::object();
}

Json delete_experiment_tag(const Call& call)
{
  const std::int64_t number = experiment_of(call);
  call.ports.experiments.delete_tag(number, call.fields.require_text("key"), call.now);
  return Json::object();
}

Json search_datasets(const Call& call)
{
  const auto ids = call.fields.texts("experiment_ids");
  if (ids.empty()) {
    (void)call.fields.require_text("experiment_ids");
  }
  if (ids.size() > k_most_dataset_experiments) {
    refuse("Got " + std::to_string(ids.size()) + " experiments; datasets of at most " +
           std::to_string(k_most_dataset_experiments) + " are searched at once.");
  }
  Json list = Json::array();
  for (const ports::DatasetSummary& found :
       call.ports.runs.datasets(to_experiments(ids), k_most_datasets)) {
    Json item = {{"experiment_id", std::to_string(found.experiment)},
                 {"name", found.name},
                 {"digest", found.fingerprint}};
    put_text(item, "context", found.context);
    list.push_back(std::move(item));
  }
  Json document = Json::object();
  put_list(document, "dataset_summaries", std::move(list));
  return document;
}

}  // namespace mlrepro::mlflow
