// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mlflow/documents.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/page_token.hpp"
#include "mlflow/registry_rules.hpp"
#include "mlflow/validation.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_standard_registered = 100;
constexpr std::size_t k_most_registered = 1000;

Json registered_document(const Call& call, const std::string& name)
{
  return {{"registered_model", registered_model_json(call.ports.registry.get(name))}};
}

}  // namespace

Json create_registered_model(const Call& call)
{
  model::RegisteredModel model;
  model.name = call.fields.require_text("name");
  check_model_name(model.name);
  model.description = call.fields.text_or_empty("description");
  check_length("description", k_max_description, model.description);
  model.tags = call.fields.pairs("tags");
  check_registry_tags(model.tags);
  model.created_at = call.now;
  model.updated_at = call.now;
  call.ports.registry.create(model);
  return registered_document(call, model.name);
}

Json rename_registered_model(const Call& call)
{
  const std::string name = call.fields.require_text("name");
  const std::string new_name = call.fields.require_text("new_name");
  check_model_name(new_name);
  call.ports.registry.rename(name, new_name, call.now);
  return registered_document(call, new_name);
}

Json update_registered_model(const Call& call)
{
  const std::string name = call.fields.require_text("name");
  const std::string description = call.fields.text_or_empty("description");
  check_length("description", k_max_description, description);
  call.ports.registry.describe(name, description, call.now);
  return registered_document(call, name);
}

Json delete_registered_model(const Call& call)
{
  call.ports.registry.remove(call.fields.require_text("name"));
  return Json::object();
}

Json get_registered_model(const Call& call)
{
  return registered_document(call, call.fields.require_text("name"));
}

Json search_registered_models(const Call& call)
{
  ports::SearchRequest request;
  request.limit = to_limit(call.fields, k_standard_registered, k_most_registered);
  request.filter = call.fields.text_or_empty("filter");
  request.order = call.fields.texts("order_by");
  request.after = from_page_token(call.fields.text_or_empty("page_token"));
  return page_json("registered_models", call.ports.registry.search(request), registered_model_json);
}

Json get_latest_versions(const Call& call)
{
  const auto model = call.ports.registry.get(call.fields.require_text("name"));
  std::vector<std::string> stages;
  for (const std::string& stage : call.fields.texts("stages")) {
    stages.push_back(to_stage(stage));
  }
  Json list = Json::array();
  for (const model::ModelVersion& version : model.latest) {
    if (stages.empty() || std::find(stages.begin(), stages.end(), version.stage) != stages.end()) {
      list.push_back(model_version_json(version));
    }
  }
  Json document = Json::object();
  put_list(document, "model_versions", std::move(list));
  return document;
}

Json set_registered_model_tag(const Call& call)
{
  const std::string name = call.fields.require_text("name");
  const std::string key = call.fields.require_text("key");
  const std::string value = call.fields.text_or_empty("value");
  check_registry_tags({{key, value}});
  call.ports.registry.set_tag(name, key, value, call.now);
  return Json::object();
}

Json delete_registered_model_tag(const Call& call)
{
  const std::string name = call.fields.require_text("name");
  call.ports.registry.delete_tag(name, call.fields.require_text("key"), call.now);
  return Json::object();
}

Json set_alias(const Call& call)
{
  const ports::VersionName version = version_of(call.fields);
  const std::string alias = call.fields.require_text("alias");
  check_alias(alias);
  call.ports.registry.set_alias(version, alias, call.now);
  return Json::object();
}

Json delete_alias(const Call& call)
{
  const std::string name = call.fields.require_text("name");
  call.ports.registry.delete_alias(name, call.fields.require_text("alias"), call.now);
  return Json::object();
}

Json get_version_of_alias(const Call& call)
{
  const std::string name = call.fields.require_text("name");
  const std::string alias = call.fields.require_text("alias");
  return {{"model_version", model_version_json(call.ports.registry.version_of_alias(name, alias))}};
}

}  // namespace mlrepro::mlflow
