// SPDX-License-Identifier: Apache-2.0
#include "mlflow/model_source.hpp"

#include <algorithm>
#include <optional>

#include "mlflow/registry_rules.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::string_view k_scheme = "models:/";
constexpr std::string_view k_logged = "models:/m-";  // of a logged model, which has no versions
constexpr int k_most_steps = 20;                     // so many versions, each made of the next

struct NamedVersion {
  std::string model;
  std::string version;  // a number, a stage, "latest", or an alias
  bool is_alias = false;
  std::string below;  // "/..." or empty
};

std::optional<NamedVersion> named_version(const std::string& source)
{
  if (!source.starts_with(k_scheme)) {
    return std::nullopt;
  }
  const std::string rest = source.substr(k_scheme.size());
  NamedVersion named;
  const std::size_t mark = rest.find_first_of("/@");
  if (mark == std::string::npos || (source.starts_with(k_logged) && rest[mark] == '/')) {
    return std::nullopt;
  }
  named.model = rest.substr(0, mark);
  named.is_alias = rest[mark] == '@';
  const std::size_t slash = std::min(rest.find('/', mark + 1), rest.size());
  named.version = rest.substr(mark + 1, slash - mark - 1);
  named.below = rest.substr(slash);
  return named;
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
  const bool any = named.version == "latest";
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
