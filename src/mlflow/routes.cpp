// SPDX-License-Identifier: Apache-2.0
#include "mlflow/routes.hpp"

#include <string_view>

namespace mlrepro::mlflow {
namespace {

// A part of the pattern in braces is a field of the message.
struct Entry {
  std::string_view methods;
  std::string_view pattern;
  std::variant<Handler, TextHandler> handler;
};

constexpr Entry k_routes[] = {
    {"POST", "experiments/create", create_experiment},
    {"GET POST", "experiments/search", search_experiments},
    {"GET", "experiments/get", get_experiment},
    {"GET", "experiments/get-by-name", get_experiment_by_name},
    {"POST", "experiments/delete", delete_experiment},
    {"POST", "experiments/restore", restore_experiment},
    {"POST", "experiments/update", update_experiment},
    {"POST", "experiments/set-experiment-tag", set_experiment_tag},
    {"POST", "experiments/delete-experiment-tag", delete_experiment_tag},
    {"POST", "experiments/search-datasets", search_datasets},
    {"POST", "runs/create", create_run},
    {"GET", "runs/get", get_run},
    {"POST", "runs/update", update_run},
    {"POST", "runs/delete", delete_run},
    {"POST", "runs/restore", restore_run},
    {"POST", "runs/search", search_runs},
    {"POST", "runs/log-metric", log_metric},
    {"POST", "runs/log-parameter", log_parameter},
    {"POST", "runs/log-batch", log_batch},
    {"POST", "runs/set-tag", set_run_tag},
    {"POST", "runs/delete-tag", delete_run_tag},
    {"POST", "runs/log-inputs", log_inputs},
    {"POST", "runs/outputs", log_outputs},
    {"POST", "runs/log-model", log_model},
    {"GET", "metrics/get-history", get_history},
    {"GET", "metrics/get-history-bulk", get_history_bulk},
    {"GET", "metrics/get-history-bulk-interval", get_history_bulk_interval},
    {"POST", "logged-models", create_logged_model},
    {"POST", "logged-models/search", search_logged_models},
    {"GET", "logged-models/{model_id}", get_logged_model},
    {"PATCH", "logged-models/{model_id}", finalize_logged_model},
    {"DELETE", "logged-models/{model_id}", delete_logged_model},
    {"PATCH", "logged-models/{model_id}/tags", set_logged_model_tags},
    {"DELETE", "logged-models/{model_id}/tags/{key}", delete_logged_model_tag},
    {"POST", "logged-models/{model_id}/params", log_logged_model_params},
    {"POST", "registered-models/create", create_registered_model},
    {"POST", "registered-models/rename", rename_registered_model},
    {"PATCH", "registered-models/update", update_registered_model},
    {"DELETE", "registered-models/delete", delete_registered_model},
    {"GET", "registered-models/get", get_registered_model},
    {"GET POST", "registered-models/search", search_registered_models},
    {"GET POST", "registered-models/get-latest-versions", get_latest_versions},
    {"POST", "registered-models/set-tag", set_registered_model_tag},
    {"DELETE", "registered-models/delete-tag", delete_registered_model_tag},
    {"POST", "registered-models/alias", set_alias},
    {"DELETE", "registered-models/alias", delete_alias},
    {"GET", "registered-models/alias", get_version_of_alias},
    {"POST", "model-versions/create", create_model_version},
    {"PATCH", "model-versions/update", update_model_version},
    {"POST", "model-versions/transition-stage", transition_stage},
    {"DELETE", "model-versions/delete", delete_model_version},
    {"GET", "model-versions/get", get_model_version},
    {"GET POST", "model-versions/search", search_model_versions},
    {"GET", "model-versions/get-download-uri", get_download_uri},
    {"POST", "model-versions/set-tag", set_model_version_tag},
    {"DELETE", "model-versions/delete-tag", delete_model_version_tag},
};

// The first part, which is taken off.
std::string_view take_part(std::string_view& path)
{
  const std::size_t slash = path.find('/');
  const std::string_view part = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return part;
}

bool allows(std::string_view methods, std::string_view method)
{
  while (!methods.empty()) {
    const std::size_t space = methods.find(' ');
    if (methods.substr(0, space) == method) {
      return true;
    }
    methods = space == std::string_view::npos ? std::string_view() : methods.substr(space + 1);
  }
  return false;
}

// The last field takes all the rest: a tag's key may have slashes.
bool matches(std::string_view pattern, std::string_view path, Route& route)
{
  while (!pattern.empty()) {
    const std::string_view expected = take_part(pattern);
    if (!expected.starts_with('{')) {
      if (take_part(path) != expected) {
        return false;
      }
      continue;
    }
    const std::string_view name = expected.substr(1, expected.size() - 2);
    const bool rest = name == "key";
    const std::string_view value = rest ? std::exchange(path, {}) : take_part(path);
    if (value.empty()) {
      return false;
    }
    route.fields.emplace_back(name, value);
  }
  return path.empty();
}

}  // namespace

std::optional<Route> find_route(const std::string& method, const std::string& path)
{
  for (const Entry& entry : k_routes) {
    Route route{entry.handler, {}};
    if (allows(entry.methods, method) && matches(entry.pattern, path, route)) {
      return route;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::mlflow
