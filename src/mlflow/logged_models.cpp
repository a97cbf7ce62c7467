// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mlflow/documents.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/page_token.hpp"
#include "mlflow/validation.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_standard_models = 50;
constexpr std::size_t k_most_models = 1000;
constexpr std::size_t k_max_model_name = 500;

Json model_document(const Call& call, const std::string& id)
{
  return {{"model", logged_model_json(require_logged_model(call, id))}};
}

void check_name(const std::string& name)
{
  check_length("name", k_max_model_name, name);
  const bool control = std::any_of(name.begin(), name.end(), [](char character) {
    return static_cast<unsigned char>(character) < 0x20;
  });
  if (control || name.find_first_of("/:.%\"'") != std::string::npos) {
    refuse("Invalid model name ('" + name +
           "') provided. Model name must be a non-empty string and cannot contain the following "
           "characters:"
           " ('/', ':', '.', '%', '\"', \"'\")");
  }
}

model::ModelStatus to_status(const std::string& word)
{
  if (word == "LOGGED_MODEL_READY" || word == "2") {
    return model::ModelStatus::ready;
  }
  if (word == "LOGGED_MODEL_UPLOAD_FAILED" || word == "3") {
    return model::ModelStatus::failed;
  }
  if (word != "LOGGED_MODEL_PENDING" && word != "1") {
    refuse_value("status", "'" + word.substr(0, 100) + "'",
                 "It must be LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.");
  }
  return model::ModelStatus::pending;
}

}  // namespace

model::LoggedModel require_logged_model(const Call& call, const std::string& id)
{
  auto model = call.ports.models.find(id);
  if (!model) {
    throw model::Error(model::ErrorKind::not_found, "Logged model with ID '" + id + "' not found.");
  }
  return *std::move(model);
}

Json create_logged_model(const Call& call)
{
  model::LoggedModel model;
  model.experiment = to_experiment(call.fields.require_text("experiment_id"));
  model.id = "m-" + model::RunId::from_bytes(call.ports.clock.random_bytes()).str();
  model.name = call.fields.text_or_empty("name");
  if (model.name.empty()) {
    std::string name =
        model::default_run_name(model::RunId::parse(model.id.substr(2)).value_or(model::RunId()));
    model.name = std::move(name);
  }
  check_name(model.name);
  model.model_type = call.fields.text_or_empty("model_type");
  check_length("model_type", k_max_model_name, model.model_type);
  if (const auto run = call.fields.text("source_run_id"); run && !run->empty()) {
    model.source_run = to_run_id(*run).str();
  }
  model.params = call.fields.pairs("params");
  model.tags = call.fields.pairs("tags");
  check_pairs(model.params, "Param ", k_max_param);
  check_pairs(model.tags, "", k_max_tag);
  model.created_at = call.now;
  model.updated_at = call.now;
  call.ports.models.create(model);
  return model_document(call, model.id);
}

Json get_logged_model(const Call& call)
{
  return model_document(call, call.fields.require_text("model_id"));
}

Json finalize_logged_model(const Call& call)
{
  const std::string id = call.fields.require_text("model_id");
  const auto status = to_status(call.fields.enumerator("status").value_or(""));
  call.ports.models.set_status(id, status, call.now);
  return model_document(call, id);
}

Json delete_logged_model(const Call& call)
{
  call.ports.models.remove(call.fields.require_text("model_id"), call.now);
  return Json::object();
}

Json search_logged_models(const Call& call)
{
  ports::ModelSearch search;
  const auto ids = call.fields.texts("experiment_ids");
  if (ids.empty()) {
    (void)call.fields.require_text("experiment_ids");
  }
  search.page.experiments = to_experiments(ids);
  search.page.filter = call.fields.text_or_empty("filter");
  search.page.limit = to_limit(call.fields, k_standard_models, k_most_models);
  search.page.after = from_page_token(call.fields.text_or_empty("page_token"));
  call.fields.for_each("order_by", [&](const Fields& item) {
    const bool ascending = !item.has("ascending") || item.flag("ascending");
    search.order.push_back({item.require_text("field_name"), ascending,
                            item.text_or_empty("dataset_name"),
                            item.text_or_empty("dataset_digest")});
  });
  call.fields.for_each("datasets", [&](const Fields& item) {
    search.datasets.emplace_back(item.require_text("dataset_name"),
                                 item.text_or_empty("dataset_digest"));
  });
  return page_json("models", call.ports.models.search(search), logged_model_json);
}

Json set_logged_model_tags(const Call& call)
{
  const std::string id = call.fields.require_text("model_id");
  const auto tags = call.fields.pairs("tags");
  check_pairs(tags, "", k_max_tag);
  call.ports.models.set_tags(id, tags, call.now);
  return model_document(call, id);
}

Json delete_logged_model_tag(const Call& call)
{
  call.ports.models.delete_tag(call.fields.require_text("model_id"),
                               call.fields.require_text("key"), call.now);
  return Json::object();
}

Json log_logged_model_params(const Call& call)
{
  const std::string id = call.fields.require_text("model_id");
  const auto params = call.fields.pairs("params");
  check_pairs(params, "Param ", k_max_param);
  call.ports.models.add_params(id, params, call.now);
  return Json::object();
}

}  // namespace mlrepro::mlflow
