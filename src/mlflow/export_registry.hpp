// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlflow/export_models.hpp"

namespace mlrepro::mlflow {

// The registered versions whose model a run made, in the order in which they were.
std::vector<model::ModelVersion> versions_of(const ExportPorts& ports, const model::RunId& run);
std::vector<std::string> texts_of(const std::vector<model::ModelVersion>& versions);

// Brings them to a server's registry: models that it lacks are made, versions get its next numbers,
// and an alias that stands somewhere there already stays where it is.
class RegistryExporter {
 public:
  // `task` outlives this.
  explicit RegistryExporter(const ExportTask& task) : task_(task) {}

  struct Place {
    std::string run;           // its id there; empty where it was not made
    std::string artifact_uri;  // of it
    ModelSources models;
  };
  void bring(const model::RunId& run, const std::vector<model::ModelVersion>& versions,
             const Place& place);

 private:
  // By name and number here, those of the run there that came from here.
  using Versions = std::map<std::pair<std::string, std::string>, Json>;

  [[nodiscard]] Versions versions_there(const Place& place);
  void bring_version(const model::ModelVersion& version, const std::string& source,
                     const Place& place);
  Json make_version(const model::ModelVersion& version, const std::string& source,
                    const Place& place);
  void make_model(const std::string& name);
  void set_alias(const model::ModelVersion& version, const std::string& alias,
                 const std::string& number);

  const ExportTask& task_;
  Versions there_;
};

}  // namespace mlrepro::mlflow
