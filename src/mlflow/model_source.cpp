// SPDX-License-Identifier: Apache-2.0
#include "mlflow/model_source.hpp"

#include <algorithm>
#include <optional>

#include "mlflow/registry_rules.hpp"
#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/run_id.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::string_view k_scheme = "models:/";
constexpr int k_most_steps = 20;  // so many versions, each made of the next

struct NamedVersion {
  std::string model;
  std::string version;  // a number, a stage, "latest", or an alias
  bool is_alias = false;
  std::string below;  // "/..." or empty
};

// Names of models may have "@" in them, and may begin as the ids of logged models do.
std::optional<NamedVersion> named_version(const std::string& source)
{
  if (!source.starts_with(k_scheme) || logged_model_of(source)) {
    return std::nullopt;
  }
  const std::string rest = source.substr(k_scheme.size());
  const std::size_t slash = rest.find('/');
  const std::size_t mark = slash == std::string::npos ? rest.rfind('@') : slash;
  if (mark == std::string::npos) {
    return std::nullopt;
  }
  const std::size_t end = std::min(rest.find('/', mark + 1), rest.size());
  return NamedVersion{rest.substr(0, mark), rest.substr(mark + 1, end - mark - 1),
                      slash == std::string::npos, rest.substr(end)};
}

bool is_number(const std::string& text)
{
  return !text.empty() && text.size() < 18 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

model::ModelVersion find_version(ports::ModelRegistry& registry, const NamedVersion& named)
{
  if (named.is_alias) {
    return registry.version_of_alias(named.model, named.version);
  }
  if (is_number(named.version)) {
    return registry.get_version({named.model, std::stoll(named.version)});
  }
  const bool any = model::lower_case(named.version) == "latest";
  const std::string stage = any ? "" : to_stage(named.version);
  std::optional<model::ModelVersion> found;
  for (const model::ModelVersion& version : registry.get(named.model).latest) {
    if ((any || version.stage == stage) && (!found || version.version > found->version)) {
      found = version;
    }
  }
  if (!found) {
    throw model::Error(model::ErrorKind::not_found,
                       "No versions of model with name '" + named.model + "'" +
                           (any ? "" : " and stage '" + stage + "'") + " found");
  }
  return *found;
}

}  // namespace

std::optional<std::string> logged_model_of(const std::string& source)
{
  if (!source.starts_with(k_scheme)) {
    return std::nullopt;
  }
  const std::string rest = source.substr(k_scheme.size());
  std::string id = rest.substr(0, rest.find('/'));
  if (!id.starts_with("m-")) {
    return std::nullopt;
  }
  const bool is_whole = id.size() == rest.size() && id.find('@') == std::string::npos;
  return is_whole || model::RunId::parse(id.substr(2)) ? std::optional(std::move(id))
                                                       : std::nullopt;
}

void follow_source(const Call& call, model::ModelVersion& version)
{
  const auto named = named_version(version.source);
  if (!named) {
    return;
  }
  ports::ModelRegistry& registry = call.ports.registry;
  const model::ModelVersion found = find_version(registry, *named);
  version.source =
      std::string(k_scheme) + named->model + "/" + std::to_string(found.version) + named->below;
  version.place = place_of(registry, found) + named->below;
  version.run_id = found.run_id;
  version.model_id = version.model_id.empty() ? found.model_id : version.model_id;
}

std::string place_of(ports::ModelRegistry& registry, const model::ModelVersion& version)
{
  std::string place = version.place.empty() ? version.source : version.place;
  for (int step = 0; step < k_most_steps; ++step) {
    const auto named = named_version(place);
    if (!named) {
      break;
    }
    const model::ModelVersion next = find_version(registry, *named);
    place = (next.place.empty() ? next.source : next.place) + named->below;
  }
  return place;
}

}  // namespace mlrepro::mlflow
