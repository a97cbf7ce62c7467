// SPDX-License-Identifier: Apache-2.0
#include "mlflow/documents.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/model_source.hpp"
#include "mlflow/page_token.hpp"
#include "mlflow/registry_rules.hpp"
#include "mlflow/validation.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_standard_versions = 10'000;
constexpr std::size_t k_most_versions = 200'000;

Json version_document(const Call& call, const ports::VersionName& name)
{
  return {{"model_version", model_version_json(call.ports.registry.get_version(name))}};
}

}  // namespace

Json create_model_version(const Call& call)
{
  model::ModelVersion version;
  version.name = call.fields.require_text("name");
  version.source = call.fields.require_text("source");
  check_source(version.source);
  version.model_id = call.fields.text_or_empty("model_id");
  follow_source(call, version);
  const auto source_model = logged_model_of(version.source);
  if (source_model) {
    version.run_id = require_logged_model(call, *source_model).source_run;
    version.model_id = version.model_id.empty() ? *source_model : version.model_id;
  }
  if (!version.model_id.empty() && version.model_id != source_model) {
    (void)require_logged_model(call, version.model_id);
  }
  if (const auto run = call.fields.text("run_id"); run && !run->empty()) {
    version.run_id = to_run_id(*run).str();
  }
  version.run_link = call.fields.text_or_empty("run_link");
  version.description = call.fields.text_or_empty("description");
  version.user = call.fields.text_or_empty("user_id");
  check_length("run_link", k_max_description, version.run_link);
  check_length("description", k_max_description, version.description);
  check_length("user_id", k_max_name, version.user);
  version.tags = call.fields.pairs("tags");
  check_registry_tags(version.tags);
  version.created_at = call.now;
  version.updated_at = call.now;
  const std::int64_t number = call.ports.registry.create_version(version);
  return version_document(call, {version.name, number});
}

Json update_model_version(const Call& call)
{
  const ports::VersionName name = version_of(call.fields);
  ports::VersionChange change;
  change.description = call.fields.text_or_empty("description");
  check_length("description", k_max_description, *change.description);
  call.ports.registry.change_version(name, change, call.now);
  return version_document(call, name);
}

Json transition_stage(const Call& call)
{
  const ports::VersionName name = version_of(call.fields);
  ports::VersionChange change;
  change.stage = to_stage(call.fields.require_text("stage"));
  change.archive_others = call.fields.flag("archive_existing_versions");
  if (change.archive_others && *change.stage != "Staging" && *change.stage != "Production") {
    refuse("Model version transition cannot archive existing model versions because '" +
           *change.stage + "' is not an Active stage. Valid stages are Staging, Production");
  }
  call.ports.registry.change_version(name, change, call.now);
  return version_document(call, name);
}

Json delete_model_version(const Call& call)
{
  call.ports.registry.remove_version(version_of(call.fields), call.now);
  return Json::object();
}

Json get_model_version(const Call& call)
{
  return version_document(call, version_of(call.fields));
}

Json search_model_versions(const Call& call)
{
  ports::SearchRequest request;
  request.limit = to_limit(call.fields, k_standard_versions, k_most_versions);
  request.filter = call.fields.text_or_empty("filter");
  request.order = call.fields.texts("order_by");
  request.after = from_page_token(call.fields.text_or_empty("page_token"));
  return page_json("model_versions", call.ports.registry.search_versions(request),
                   model_version_json);
}

Json get_download_uri(const Call& call)
{
  const auto version = call.ports.registry.get_version(version_of(call.fields));
  std::string uri = place_of(call.ports.registry, version);
  if (const auto id = logged_model_of(uri)) {
    const auto model = require_logged_model(call, *id);
    uri = artifact_root_of_model(model.experiment, model.id) + uri.substr(8 + id->size());
  }
  return {{"artifact_uri", uri}};
}

Json set_model_version_tag(const Call& call)
{
  const ports::VersionName name = version_of(call.fields);
  const std::string key = call.fields.require_text("key");
  const std::string value = call.fields.text_or_empty("value");
  check_registry_tags({{key, value}});
  call.ports.registry.set_version_tag(name, key, value);
  return Json::object();
}

Json delete_model_version_tag(const Call& call)
{
  const ports::VersionName name = version_of(call.fields);
  call.ports.registry.delete_version_tag(name, call.fields.require_text("key"));
  return Json::object();
}

}  // namespace mlrepro::mlflow
