// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_registry.hpp"

#include "mlflow/documents.hpp"
#include "mlflow/json_text.hpp"
#include "mlflow/model_source.hpp"
#include "mlflow/server_run.hpp"
#include "mlrepro/format/artifact_path.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr const char* k_version_tag = "mlrepro.version";  // a version's number here
constexpr std::size_t k_versions_a_page = 1000;

std::string shown(const model::ModelVersion& version)
{
  return "version " + std::to_string(version.version) + " of model '" + version.name + "'";
}

std::pair<std::string, std::string> mark_of(const model::ModelVersion& version)
{
  return {version.name, std::to_string(version.version)};
}

std::string joined(const std::string& root, const std::string& path)
{
  return path.empty() ? root : root + "/" + path;
}

// Where the files of a version are there; absent where they are not among what is exported.
std::optional<std::string> source_there(const std::string& source, const model::RunId& run,
                                        const RegistryExporter::Place& place)
{
  constexpr std::string_view k_models = "models:/";
  const std::string own_run = "runs:/" + run.str() + "/";
  const auto of_model = [&](const std::string& id, const std::string& path) {
    const auto found = place.models.find(id);
    return found == place.models.end() ? std::nullopt
                                       : std::optional(joined(found->second.uri, path));
  };
  if (source.starts_with(k_models)) {
    const std::string rest = source.substr(k_models.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    return of_model(rest.substr(0, slash), rest.substr(std::min(slash + 1, rest.size())));
  }
  if (source.starts_with(own_run)) {
    return joined(place.artifact_uri, source.substr(own_run.size()));
  }
  if (const auto own = format::parse_artifact_uri(source)) {
    if (own->owner == format::ArtifactPlace::Owner::model) {
      return of_model(own->id, own->path);
    }
    return own->id == run.str() ? std::optional(joined(place.artifact_uri, own->path))
                                : std::nullopt;
  }
  const bool elsewhere = source.find("://") != std::string::npos;
  return elsewhere ? std::optional(source) : std::nullopt;
}

// One that was made of another version has the files of that one.
void follow(const ExportPorts& ports, model::ModelVersion& version)
{
  try {
    version.place = place_of(ports.registry, version);
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::not_found && error.kind() != model::ErrorKind::usage) {
      throw;
    }
    version.place = version.source;  // which leads nowhere any more
  }
}

}  // namespace

std::vector<model::ModelVersion> versions_of(const ExportPorts& ports, const model::RunId& run)
{
  std::vector<model::ModelVersion> versions;
  ports::SearchRequest request;
  request.filter = "run_id = '" + run.str() + "'";
  request.order = {"name", "version_number"};
  request.limit = k_versions_a_page;
  do {
    auto page = ports.registry.search_versions(request);
    versions.insert(versions.end(), page.items.begin(), page.items.end());
    request.after = page.next;
  } while (!request.after.empty());
  for (model::ModelVersion& version : versions) {
    follow(ports, version);
  }
  return versions;
}

std::vector<std::string> texts_of(const std::vector<model::ModelVersion>& versions)
{
  std::vector<std::string> texts;
  for (const model::ModelVersion& version : versions) {
    texts.push_back(json_text(model_version_json(version)));
  }
  return texts;
}

void RegistryExporter::bring(const model::RunId& run,
                             const std::vector<model::ModelVersion>& versions, const Place& place)
{
  std::vector<std::pair<const model::ModelVersion*, std::string>> wanted;
  for (const model::ModelVersion& version : versions) {
    if (auto source = source_there(version.place, run, place)) {
      wanted.emplace_back(&version, *std::move(source));
    } else {
      task_.told.notes.push_back(shown(version) +
                                 ": its files are not this run's, so that it stays here");
    }
  }
  if (wanted.empty()) {
    return;  // a server without a registry is not asked
  }
  there_ = versions_there(place);
  const std::size_t found = there_.size();
  for (const auto& [version, source] : wanted) {
    bring_version(*version, source, place);
  }
  if (there_.size() == found) {
    return;
  }
  const Versions now = versions_there(place);
  for (const model::ModelVersion& version : versions) {
    if (there_.contains(mark_of(version)) && !now.contains(mark_of(version))) {
      task_.tell(shown(version), "it is not there");
    }
  }
}

RegistryExporter::Versions RegistryExporter::versions_there(const Place& place)
{
  Versions found;
  if (place.run.empty()) {
    return found;
  }
  for_each_item(task_.server, "model-versions/search",
                {{"filter", "run_id = '" + place.run + "'"},
                 {"max_results", std::to_string(k_versions_a_page)}},
                "model_versions", [&](const Json& there) {
                  const auto tags = pairs_of(list_of(there, "tags"));
                  if (const auto tag = tags.find(k_version_tag); tag != tags.end()) {
                    found.emplace(std::pair(text_of(there, "name"), tag->second), there);
                  }
                });
  return found;
}

Json RegistryExporter::make_version(const model::ModelVersion& version, const std::string& source,
                                    const Place& place)
{
  make_model(version.name);
  auto tags = version.tags;
  tags.insert_or_assign(k_version_tag, std::to_string(version.version));
  Json message = {{"name", version.name},
                  {"source", source},
                  {"run_id", place.run},
                  {"description", version.description},
                  {"tags", pairs_json(tags)}};
  if (const auto model = place.models.find(version.model_id);
      model != place.models.end() && !model->second.id.empty()) {
    message["model_id"] = model->second.id;
  }
  const auto find = [&]() -> std::optional<Json> {
    const Versions now = versions_there(place);
    const auto found = now.find(mark_of(version));
    return found == now.end() ? std::nullopt
                              : std::optional(Json{{"model_version", found->second}});
  };
  return object_of(task_.server.create("model-versions/create", message, find), "model_version");
}

void RegistryExporter::bring_version(const model::ModelVersion& version, const std::string& source,
                                     const Place& place)
{
  auto there = there_.find(mark_of(version));
  if (there == there_.end()) {
    ++task_.told.models;
    task_.begin();
    if (task_.request.dry_run) {
      return;
    }
    there = there_.emplace(mark_of(version), make_version(version, source, place)).first;
  }
  if (task_.request.dry_run) {
    return;
  }
  for (const std::string& alias : version.aliases) {
    set_alias(version, alias, text_of(there->second, "version"));
  }
  if (version.stage != "None" && text_of(there->second, "current_stage") != version.stage) {
    task_.told.notes.push_back(shown(version) + ": its stage '" + version.stage +
                               "' is not set there");
  }
}

void RegistryExporter::make_model(const std::string& name)
{
  const auto find_model = [&]() -> std::optional<Json> {
    try {
      return task_.server.get("registered-models/get", {{"name", name}});
    } catch (const ServerRefusal& refusal) {
      if (refusal.status() != 404 || refusal.is_final()) {
        throw;
      }
      return std::nullopt;
    }
  };
  if (!find_model()) {
    const model::RegisteredModel model = task_.ports.registry.get(name);
    (void)task_.server.create(
        "registered-models/create",
        {{"name", name}, {"description", model.description}, {"tags", pairs_json(model.tags)}},
        find_model);
  }
}

void RegistryExporter::set_alias(const model::ModelVersion& version, const std::string& alias,
                                 const std::string& number)
{
  try {
    const Json found =
        task_.server.get("registered-models/alias", {{"name", version.name}, {"alias", alias}});
    const std::string there = text_of(object_of(found, "model_version"), "version");
    if (there != number) {
      task_.told.notes.push_back(shown(version) + ": its alias '" + alias + "' stays at version " +
                                 there + " there");
    }
    return;
  } catch (const ServerRefusal& refusal) {
    if (refusal.is_final()) {
      throw;
    }
  }
  task_.begin();
  task_.server.post("registered-models/alias",
                    {{"name", version.name}, {"alias", alias}, {"version", number}});
}

}  // namespace mlrepro::mlflow
