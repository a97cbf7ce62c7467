// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_models.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "mlflow/documents.hpp"
#include "mlflow/export_batch.hpp"
#include "mlflow/json_text.hpp"
#include "mlrepro/format/artifact_path.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr const char* k_model_tag = "mlrepro.model";  // a model's id here
// What a server says of its own registry.
constexpr const char* k_versions_tag = "mlflow.modelVersions";
constexpr std::size_t k_models_a_page = 100;
constexpr int k_models_there = 50;

void add_artifacts_below(const ExportPorts& ports, const ports::ArtifactOwner& owner,
                         const std::string& folder, std::vector<model::Artifact>& artifacts)
{
  for (const ports::ArtifactEntry& entry : ports.artifacts.list(owner, folder)) {
    if (entry.is_folder) {
      add_artifacts_below(ports, owner, entry.path, artifacts);
    } else if (auto artifact = ports.artifacts.find(owner, entry.path)) {
      artifacts.push_back(*std::move(artifact));
    }
  }
}

ListFolder lister(TrackingServer& server, const std::string& model)
{
  return [&server, model](const std::string& folder, const std::string& token) {
    Query query;
    if (!folder.empty()) {
      query.emplace_back("artifact_directory_path", folder);
    }
    if (!token.empty()) {
      query.emplace_back("page_token", token);
    }
    return server.get("logged-models/" + model + "/artifacts/directories", query);
  };
}

const char* status_word(model::ModelStatus status)
{
  return status == model::ModelStatus::failed ? "LOGGED_MODEL_UPLOAD_FAILED" : "LOGGED_MODEL_READY";
}

// What one of a model's metrics is told from the others by.
std::string metric_mark(const Json& metric)
{
  return text_of(metric, "key") + "\n" + text_of(metric, "dataset_name") + "\n" +
         text_of(metric, "dataset_digest");
}

// Where each model's files go in a run, by its id: of several of one name the oldest has its
// folder.
std::map<std::string, std::string> folders_of(const std::vector<ExportedModel>& models)
{
  std::set<std::pair<model::Timestamp, std::string>> by_age;
  std::map<std::string, std::string> folders;
  for (const ExportedModel& model : models) {
    by_age.emplace(model.model.created_at, model.model.id);
    folders.emplace(model.model.id, model.model.name);
  }
  std::set<std::string> taken;
  for (const auto& [time, id] : by_age) {
    std::string& folder = folders.at(id);
    if (!taken.insert(folder).second) {
      folder += "-" + id;
    }
  }
  return folders;
}

bool is_path(const std::string& path)
{
  return format::normal_artifact_path(path) == path;
}

}  // namespace

std::vector<ExportedModel> models_of(const ExportPorts& ports, const ExportRequest& request,
                                     ExportedRun& run)
{
  std::map<std::string, std::int64_t> made;
  for (const model::ModelLink& link : run.run.models_made) {
    made.emplace(link.model_id, link.step);
  }
  ports::ModelSearch search;
  search.page.experiments = {run.run.experiment};
  search.page.filter = "source_run_id = '" + run.run.id.str() + "'";
  search.page.limit = k_models_a_page;
  do {
    const auto page = ports.models.search(search);
    for (const model::LoggedModel& found : page.items) {
      made.emplace(found.id, 0);
    }
    search.page.after = page.next;
  } while (!search.page.after.empty());
  std::vector<ExportedModel> models;
  for (const auto& [id, step] : made) {
    auto found = ports.models.find(id);
    if (!found) {
      continue;  // deleted since
    }
    ExportedModel model{*std::move(found), step, {}};
    if (request.artifacts) {
      std::vector<model::Artifact> artifacts;
      add_artifacts_below(ports, {ports::ArtifactOwner::Kind::model, id}, "", artifacts);
      add_artifacts(ports, artifacts, model.files, run.differences, run.notes);
    }
    models.push_back(std::move(model));
  }
  return models;
}

std::vector<std::string> texts_of(const std::vector<ExportedModel>& models)
{
  std::vector<std::string> texts;
  for (const ExportedModel& model : models) {
    Json document = logged_model_json(model.model);
    for (const auto& [path, file] : model.files) {
      document["files"][path] = file.digest.hex();
    }
    texts.push_back(json_text(document));
  }
  return texts;
}

void add_files_of(const std::vector<ExportedModel>& models, ExportedRun& run)
{
  const auto folders = folders_of(models);
  for (const ExportedModel& model : models) {
    run.notes.push_back("model '" + model.model.name +
                        "': the server has no logged models; its files go to the run");
    for (const auto& [path, file] : model.files) {
      const std::string place = folders.at(model.model.id) + "/" + path;
      if (!is_path(place)) {
        run.differences.push_back("file '" + place + "': no path that MLflow takes");
      } else if (!run.files.emplace(place, file).second) {
        run.differences.push_back("file '" + place + "': an artifact has its path");
      }
    }
  }
}

ModelSources sources_in_run(const std::vector<ExportedModel>& models, const std::string& root)
{
  ModelSources sources;
  for (const auto& [id, folder] : folders_of(models)) {
    if (is_path(folder)) {
      sources[id] = {root + "/" + folder, ""};
    }
  }
  return sources;
}

bool ModelExporter::has_models(const std::string& experiment)
{
  if (experiment.empty()) {
    return true;  // one that a dry run did not make: nothing is known yet
  }
  try {
    (void)task_.server.post("logged-models/search",
                            {{"experiment_ids", Json::array({experiment})}, {"max_results", 1}});
    return true;
  } catch (const ServerRefusal& refusal) {
    constexpr std::array k_unknown = {404, 405, 501};
    if (std::find(k_unknown.begin(), k_unknown.end(), refusal.status()) == k_unknown.end()) {
      throw;
    }
    return false;
  }
}

std::optional<Json> ModelExporter::find(const Place& place, const std::string& own_id)
{
  if (place.run.empty()) {
    return std::nullopt;
  }
  Json message = {{"experiment_ids", Json::array({place.experiment})},
                  {"filter", "source_run_id = '" + place.run + "'"},
                  {"max_results", k_models_there}};
  do {
    const Json found = task_.server.post("logged-models/search", message);
    for (const Json& model : list_of(found, "models")) {
      const auto tags = pairs_of(list_of(object_of(model, "info"), "tags"));
      const auto tag = tags.find(k_model_tag);
      if (tag != tags.end() && tag->second == own_id) {
        return model;
      }
    }
    message["page_token"] = text_of(found, "next_page_token");
  } while (!text_of(message, "page_token").empty());
  return std::nullopt;
}

ModelSources ModelExporter::bring(const Place& place, const std::vector<ExportedModel>& models)
{
  ModelSources sources;
  if (!models.empty() && !place.run.empty()) {
    linked_ = run_at(task_.server, place.run).models_made;
  }
  for (const ExportedModel& model : models) {
    const std::string id = bring_model(place, model);
    sources[model.model.id] = {"models:/" + id, id};
  }
  return sources;
}

std::string ModelExporter::bring_model(const Place& place, const ExportedModel& model)
{
  auto there = find(place, model.model.id);
  if (!there) {
    ++task_.told.models;
    task_.begin();
    if (task_.request.dry_run) {
      task_.told.files += model.files.size();
      return "";
    }
    auto tags = model.model.tags;
    tags.erase(k_versions_tag);
    tags.insert_or_assign(k_model_tag, model.model.id);
    const Json message = {{"experiment_id", place.experiment},        {"name", model.model.name},
                          {"model_type", model.model.model_type},     {"source_run_id", place.run},
                          {"params", pairs_json(model.model.params)}, {"tags", pairs_json(tags)}};
    const auto made = [&]() -> std::optional<Json> {
      const auto found = find(place, model.model.id);
      return found ? std::optional(Json{{"model", *found}}) : std::nullopt;
    };
    there = object_of(task_.server.create("logged-models", message, made), "model");
  }
  const std::string id = text_of(object_of(*there, "info"), "model_id");
  send_files(model, *there);
  send_metrics(place, model, *there);
  const bool ended = model.model.status != model::ModelStatus::pending;
  const std::string status = status_word(model.model.status);
  if (ended && text_of(object_of(*there, "info"), "status") != status && !task_.request.dry_run) {
    task_.begin();
    task_.server.patch("logged-models/" + id, {{"model_id", id}, {"status", status}});
  }
  link(place, model, id);
  return id;
}

void ModelExporter::send_files(const ExportedModel& model, const Json& there)
{
  if (model.files.empty()) {
    return;
  }
  const Json& info = object_of(there, "info");
  const std::string uri = text_of(info, "artifact_uri");
  FileExporter files(task_.ports, task_.server, uri,
                     lister(task_.server, text_of(info, "model_id")));
  if (!files.takes_files()) {
    task_.tell("files of model '" + model.model.name + "'", FileExporter::why_not(uri));
    return;
  }
  // What a model consists of does not change once it is logged.
  const Files missing = files.missing(model.files, true, read_of(task_.request));
  task_.told.files += missing.size();
  for (const auto& [path, file] : missing) {
    task_.told.bytes += file.bytes;
  }
  const Tell tell = [&](const std::string& what, const std::string& why) {
    task_.tell("model '" + model.model.name + "', " + what, why);
  };
  if (!missing.empty()) {
    task_.begin();
  }
  if (!task_.request.dry_run) {
    files.send("send model " + model.model.name, missing, tell);
    files.check(model.files, read_of(task_.request), tell);
  }
}

void ModelExporter::send_metrics(const Place& place, const ExportedModel& model, const Json& there)
{
  std::set<std::string> known;
  for (const Json& metric : list_of(object_of(there, "data"), "metrics")) {
    known.insert(metric_mark(metric));
  }
  Batch batch(k_metrics_a_batch, [&](const std::vector<Json>& items) {
    task_.server.post("runs/log-batch", {{"run_id", place.run}, {"metrics", items}});
  });
  const Json document = logged_model_json(model.model);
  for (Json metric : list_of(object_of(document, "data"), "metrics")) {
    if (known.contains(metric_mark(metric))) {
      continue;
    }
    metric["model_id"] = text_of(object_of(there, "info"), "model_id");
    metric.erase("run_id");
    if (!task_.request.dry_run) {
      task_.begin();
      batch.add(std::move(metric));
    }
  }
  batch.flush();
}

void ModelExporter::link(const Place& place, const ExportedModel& model, const std::string& id)
{
  if (task_.request.dry_run || !linked_.insert(id).second) {
    return;
  }
  task_.begin();
  task_.server.post(
      "runs/outputs",
      {{"run_id", place.run}, {"models", Json::array({{{"model_id", id}, {"step", model.step}}})}});
}

}  // namespace mlrepro::mlflow
