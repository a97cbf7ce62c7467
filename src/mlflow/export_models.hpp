// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mlflow/export_content.hpp"
#include "mlflow/export_files.hpp"
#include "mlflow/export_task.hpp"
#include "mlrepro/model/model_registry.hpp"

namespace mlrepro::mlflow {

// A model of 3.x clients that a run made, with its files.
struct ExportedModel {
  model::LoggedModel model;
  std::int64_t step = 0;
  Files files;
};

// What can't go is told in `run`.
std::vector<ExportedModel> models_of(const ExportPorts& ports, const ExportRequest& request,
                                     ExportedRun& run);
// All that is known of each.
std::vector<std::string> texts_of(const std::vector<ExportedModel>& models);
// For a server that has no such models: their files become files of the run, each model's in a
// folder of its name, where clients before 3.0 put them. Where an older one has that name, the
// folder's ends with "-" and the model's id.
void add_files_of(const std::vector<ExportedModel>& models, ExportedRun& run);

// What stands there for a model of here.
struct ModelSource {
  std::string uri;  // that its files are below
  std::string id;   // empty: the server has no logged models
};
using ModelSources = std::map<std::string, ModelSource>;  // by the id here

// The sources where `add_files_of` has put the files; `root` is the run's artifact address there.
// A model whose name is no path has none.
ModelSources sources_in_run(const std::vector<ExportedModel>& models, const std::string& root);

// Brings the models that a run made.
class ModelExporter {
 public:
  // `task` outlives this.
  explicit ModelExporter(const ExportTask& task) : task_(task) {}

  // The run there; empty where it was not made.
  struct Place {
    std::string experiment;
    std::string run;
  };

  // Servers before MLflow 3 have none.
  [[nodiscard]] bool has_models(const std::string& experiment);
  ModelSources bring(const Place& place, const std::vector<ExportedModel>& models);

 private:
  [[nodiscard]] std::optional<Json> find(const Place& place, const std::string& own_id);
  std::string bring_model(const Place& place, const ExportedModel& model);
  void send_files(const ExportedModel& model, const Json& there);
  void send_metrics(const Place& place, const ExportedModel& model, const Json& there);
  void link(const Place& place, const ExportedModel& model, const std::string& id);

  const ExportTask& task_;
  std::set<std::string> linked_;  // ids of models there that the run there is known to have made
};

}  // namespace mlrepro::mlflow
