// SPDX-License-Identifier: Apache-2.0
#include "sources/mlflow_file_store.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "sources/mlflow_legacy.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;
using model::TroubleSink;

constexpr const char* k_trash = ".trash";
constexpr const char* k_registry = "models";

// Folders of an experiment that are no runs.
bool is_reserved(const std::string& name)
{
  constexpr std::array k_names = {"tags", "datasets", "traces", "models"};
  return std::find(k_names.begin(), k_names.end(), name) != k_names.end();
}

// Troubles that belong to nobody: of a look that is only taken to see what is there.
void ignore(model::ImportTrouble) {}

model::LoggedDataset dataset_of(const format::MlflowMeta& meta)
{
  return {meta.require("name"), meta.require("digest"), meta.text("source_type"),
          meta.text("source"),  meta.find("schema"),    meta.find("profile")};
}

}  // namespace

MlflowFileStore::MlflowFileStore(const ports::ContainedTree& tree) : files_(tree)
{
  for (const char* folder : {"", k_trash, k_registry}) {
    for (const std::string& name : files_.folders(folder, "experiment", ignore)) {
      const std::string path = *folder == '\0' ? name : std::string(folder) + "/" + name;
      if (files_.has_file(path, k_meta)) {
        return;
      }
    }
  }
  const bool inside = !files_.folders("mlruns", "experiment", ignore).empty();
  const bool database = files_.has_file("", "mlflow.db");
  throw Error(ErrorKind::corrupt,
              "'" + tree.root() + "' is no file store of MLflow: no folder in it has a meta.yaml",
              inside     ? "name the folder 'mlruns' in it"
              : database ? "name the file 'mlflow.db' in it"
                         : "name the folder that is called 'mlruns', or a database 'mlflow.db'");
}

std::vector<model::MlflowExperiment> MlflowFileStore::experiments(const TroubleSink& troubles)
{
  std::vector<model::MlflowExperiment> found;
  add_experiments("", found, troubles);
  add_experiments(k_trash, found, troubles);
  return found;
}

void MlflowFileStore::add_experiments(const std::string& folder,
                                      std::vector<model::MlflowExperiment>& found,
                                      const TroubleSink& troubles)
{
  for (const std::string& name : files_.folders(folder, "experiment", troubles)) {
    if (folder.empty() && (name == k_trash || name == k_registry)) {
      continue;
    }
    const std::string path = folder.empty() ? name : folder + "/" + name;
    const auto meta = files_.meta(path, "experiment", troubles);
    if (!meta) {
      continue;
    }
    model::MlflowExperiment experiment;
    experiment.id = name;
    experiment.name = meta->text("name");
    experiment.deleted = !folder.empty() || meta->text("lifecycle_stage") == "deleted";
    experiment.created_at = meta->time("creation_time");
    experiment.updated_at = meta->time("last_update_time");
    experiment.tags = files_.values(path + "/tags", "tag", troubles);
    if (experiment.name.empty()) {
      troubles({"experiment", path, "its meta.yaml has no 'name'"});
    } else if (!folders_.emplace(name, path).second) {
      troubles({"experiment", path, "another one that is not deleted has the same id"});
    } else {
      found.push_back(std::move(experiment));
    }
  }
}

std::string MlflowFileStore::folder_of(const std::string& experiment) const
{
  const auto found = folders_.find(experiment);
  return found == folders_.end() ? experiment : found->second;
}

std::vector<std::string> MlflowFileStore::runs(const model::MlflowExperiment& experiment,
                                               const TroubleSink& troubles)
{
  const std::string folder = folder_of(experiment.id);
  auto names = files_.folders(folder, "run", troubles);
  std::erase_if(names, is_reserved);
  count_unused_datasets(folder, names);
  return names;
}

// A dataset is named by the runs that use it; of others nothing can be kept.
void MlflowFileStore::count_unused_datasets(const std::string& folder,
                                            const std::vector<std::string>& runs)
{
  const auto datasets = files_.folders(folder + "/datasets", "", ignore);
  if (datasets.empty()) {
    return;
  }
  std::set<std::string> used;
  for (const std::string& name : runs) {
    for (const std::string& input : files_.folders(folder + "/" + name + "/inputs", "", ignore)) {
      const std::string path = folder + "/" + name + "/inputs/" + input;
      if (const auto meta = files_.meta(path, "", ignore)) {
        used.insert(meta->text("source_id"));
      }
    }
  }
  for (const std::string& dataset : datasets) {
    unused_datasets_ += used.contains(dataset) ? 0 : 1;
  }
}

std::optional<model::MlflowRun> MlflowFileStore::run(const model::MlflowExperiment& experiment,
                                                     const std::string& id,
                                                     const TroubleSink& troubles)
{
  const std::string home = folder_of(experiment.id);
  const std::string path = home + "/" + id;
  const auto meta = files_.meta(path, "run", troubles);
  if (!meta) {
    return std::nullopt;
  }
  // As MLflow itself does: a folder that came from elsewhere is not taken for a run of this store.
  const std::string said = meta->find("run_id").value_or(meta->text("run_uuid"));
  if (said != id || meta->find("experiment_id").value_or(experiment.id) != experiment.id) {
    troubles({"run", path, "its meta.yaml is that of another run or experiment"});
    return std::nullopt;
  }
  const auto status = format::parse_mlflow_status(meta->find("status").value_or("RUNNING"));
  if (!status) {
    troubles({"run", path, "'status' in its meta.yaml is '" + meta->text("status") + "'"});
    return std::nullopt;
  }
  model::MlflowRun run;
  run.id = id;
  run.experiment = experiment.id;
  run.status = *status;
  run.user = meta->text("user_id");
  run.deleted = meta->text("lifecycle_stage") == "deleted";
  run.started_at = meta->time("start_time");
  run.ended_at = meta->time("end_time");
  run.deleted_at = meta->time("deleted_time");
  run.artifact_uri = meta->text("artifact_uri");
  run.params = files_.values(path + "/params", "param", troubles);
  run.tags = files_.values(path + "/tags", "tag", troubles);
  add_legacy_fields(
      {meta->find("run_name").value_or(meta->text("name")), meta->text("source_type"),
       meta->text("source_name"), meta->text("source_version"), meta->text("entry_point_name")},
      run);
  for (const NamedFile& file : files_.files(path + "/metrics", "metric", troubles)) {
    run.metrics.push_back({file.key, std::to_string(file.bytes)});
  }
  read_inputs(home, path, run, troubles);
  read_outputs(path, run, troubles);
  return run;
}

void MlflowFileStore::read_inputs(const std::string& experiment, const std::string& run,
                                  model::MlflowRun& record, const TroubleSink& troubles) const
{
  for (const std::string& name : files_.folders(run + "/inputs", "dataset", troubles)) {
    const std::string path = run + "/inputs/" + name;
    const auto meta = files_.meta(path, "dataset", troubles);
    if (!meta) {
      continue;
    }
    const std::string source = meta->text("source_id");
    if (meta->text("source_type") == "MODEL") {
      record.models_read.push_back({source, 0});
      continue;
    }
    const bool odd = source.empty() || source.find('/') != std::string::npos;
    const auto dataset =
        odd ? std::nullopt : files_.meta(experiment + "/datasets/" + source, "dataset", troubles);
    if (odd) {
      troubles({"dataset", path, "its meta.yaml names no dataset"});
    }
    if (!dataset) {
      continue;
    }
    try {
      record.datasets.push_back({dataset_of(*dataset), meta->map("tags"), {}, {}});
    } catch (const Error& error) {
      troubles({"dataset", path, error.message()});
    }
  }
}

void MlflowFileStore::read_outputs(const std::string& run, model::MlflowRun& record,
                                   const TroubleSink& troubles) const
{
  for (const std::string& name : files_.folders(run + "/outputs", "model", troubles)) {
    if (const auto meta = files_.meta(run + "/outputs/" + name, "model", troubles)) {
      record.models_made.push_back({name, meta->integer("step").value_or(0)});
    }
  }
}

std::vector<model::MetricPoint> MlflowFileStore::points(const model::MlflowRun& run,
                                                        const std::string& key,
                                                        const TroubleSink& troubles)
{
  std::vector<model::MetricPoint> points;
  files_.lines(
      folder_of(run.experiment) + "/" + run.id + "/metrics/" + key, "metric",
      [&](std::string_view line) {
        const auto point = format::parse_mlflow_point(line);
        if (point) {
          points.push_back(*point);
        }
        return point.has_value();
      },
      troubles);
  return points;
}

std::vector<model::MlflowModel> MlflowFileStore::models(const model::MlflowExperiment& experiment,
                                                        const TroubleSink& troubles)
{
  std::vector<model::MlflowModel> found;
  const std::string folder = folder_of(experiment.id) + "/models";
  for (const std::string& name : files_.folders(folder, "model", troubles)) {
    if (auto model = read_model(folder + "/" + name, troubles)) {
      model->record.id = name;
      model->experiment = experiment.id;
      found.push_back(*std::move(model));
    }
  }
  return found;
}

std::optional<model::MlflowModel> MlflowFileStore::read_model(const std::string& folder,
                                                              const TroubleSink& troubles) const
{
  const auto meta = files_.meta(folder, "model", troubles);
  if (!meta) {
    return std::nullopt;
  }
  model::MlflowModel model;
  model.record.name = meta->text("name");
  model.record.model_type = meta->text("model_type");
  model.record.source_run = meta->text("source_run_id");
  model.record.status =
      format::parse_mlflow_model_status(meta->text("status")).value_or(model::ModelStatus::pending);
  model.record.created_at = meta->time("creation_timestamp").value_or(model::Timestamp{});
  model.record.updated_at = meta->time("last_updated_timestamp").value_or(model.record.created_at);
  model.record.params = files_.values(folder + "/params", "param", troubles);
  model.record.tags = files_.values(folder + "/tags", "tag", troubles);
  model.deleted = meta->text("lifecycle_stage") == "deleted";
  model.artifact_uri = meta->text("artifact_location");
  for (const NamedFile& file : files_.files(folder + "/metrics", "metric", troubles)) {
    files_.lines(
        folder + "/metrics/" + file.key, "metric",
        [&](std::string_view line) {
          auto point = format::parse_mlflow_model_point(file.key, line);
          const bool good = point.has_value();
          if (good) {
            model.record.metrics.push_back(*std::move(point));
          }
          return good;
        },
        troubles);
  }
  return model;
}

std::vector<model::MlflowRegisteredModel> MlflowFileStore::registered_models(
    const TroubleSink& troubles)
{
  std::vector<model::MlflowRegisteredModel> found;
  for (const std::string& name : files_.folders(k_registry, "registered model", troubles)) {
    const std::string folder = std::string(k_registry) + "/" + name;
    const auto meta = files_.meta(folder, "registered model", troubles);
    if (!meta) {
      continue;
    }
    model::MlflowRegisteredModel model;
    model.record.name = meta->find("name").value_or(name);
    model.record.description = meta->text("description");
    model.record.created_at = meta->time("creation_timestamp").value_or(model::Timestamp{});
    model.record.updated_at =
        meta->time("last_updated_timestamp").value_or(model.record.created_at);
    model.record.tags = files_.values(folder + "/tags", "tag", troubles);
    for (const auto& [alias, text] : files_.values(folder + "/aliases", "alias", troubles)) {
      if (const auto version = format::parse_integer(text)) {
        model.record.aliases.emplace(alias, *version);
      } else {
        troubles({"alias", folder + "/aliases/" + alias, "it names no version"});
      }
    }
    for (const std::string& version : files_.folders(folder, "model version", troubles)) {
      if (version.starts_with("version-")) {
        if (auto record = read_version(folder + "/" + version, model.record.name, troubles)) {
          model.versions.push_back(*std::move(record));
        }
      }
    }
    found.push_back(std::move(model));
  }
  return found;
}

std::optional<model::ModelVersion> MlflowFileStore::read_version(const std::string& folder,
                                                                 const std::string& model,
                                                                 const TroubleSink& troubles) const
{
  const auto meta = files_.meta(folder, "model version", troubles);
  if (!meta || meta->text("current_stage") == k_deleted_stage) {
    return std::nullopt;
  }
  const std::string number = folder.substr(folder.rfind('-') + 1);
  const auto version = format::parse_integer(number);
  if (!version || *version < 1) {
    troubles({"model version", folder, "'" + number + "' is no number of a version"});
    return std::nullopt;
  }
  model::ModelVersion record;
  record.name = model;
  record.version = *version;
  record.source = meta->text("source");
  record.run_id = meta->text("run_id");
  record.run_link = meta->text("run_link");
  record.model_id = meta->text("model_id");
  record.description = meta->text("description");
  record.user = meta->text("user_id");
  record.stage = meta->find("current_stage").value_or("None");
  record.created_at = meta->time("creation_timestamp").value_or(model::Timestamp{});
  record.updated_at = meta->time("last_updated_timestamp").value_or(record.created_at);
  record.tags = files_.values(folder + "/tags", "tag", troubles);
  return record;
}

std::map<std::string, std::uint64_t> MlflowFileStore::others(const TroubleSink&)
{
  std::map<std::string, std::uint64_t> counts;
  if (unused_datasets_ > 0) {
    counts["dataset without a run"] = unused_datasets_;
  }
  for (const auto& [id, folder] : folders_) {
    if (const auto traces = files_.folders(folder + "/traces", "trace", ignore).size()) {
      counts["trace"] += traces;
    }
  }
  return counts;
}

}  // namespace mlrepro::sources
