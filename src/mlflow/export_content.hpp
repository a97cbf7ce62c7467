// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlflow/fields.hpp"
#include "mlflow/tracking_server.hpp"
#include "mlrepro/mlflow/export.hpp"
#include "mlrepro/model/client_run.hpp"

namespace mlrepro::mlflow {

// Of a server's run: that it is one of ours, and how far it has come.
constexpr const char* k_run_tag = "mlrepro.run";  // the run's id here
// "complete sha256:…"; "incomplete …" of one that was made for this digest and has not got all of
// it yet; "changing …" of one that was there before, where files of the right size may be old ones.
constexpr const char* k_state_tag = "mlrepro.export";
constexpr const char* k_parent_tag = "mlrepro.parent";  // the parent's id here
// Below it lies what no client put there.
constexpr const char* k_own_folder = "mlrepro/";
constexpr const char* k_manifest = "mlrepro/manifest.json";
constexpr const char* k_model_history_tag = "mlflow.log-model.history";

struct ExportedFile {
  std::uint64_t bytes = 0;
  model::Digest digest;
  OpenContent open;
};

// A run as it is to be on a server: within MLflow's limits, under names that it allows.
struct ExportedRun {
  model::ClientRun run;  // as it is here
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> metrics;  // by their name there, the name here
  std::vector<Json> datasets;                  // as runs/log-inputs takes them
  std::vector<Json> model_notes;              // as runs/log-model takes them, of clients before 3.0
  std::map<std::string, ExportedFile> files;  // by their path there
  std::vector<std::string> notes;             // what goes otherwise than it is here
  std::vector<std::string> differences;       // what can't go
};

// Throws Error{not_found} when the run is gone, Error{corrupt} for a record that can't be read.
// Content itself is not read, but for the length of logs.
ExportedRun content_of(const ExportPorts& ports, const model::Run& run,
                       const ExportRequest& request);

// Of everything that is to be there; `models` are the logged models' own digests.
model::Digest digest_of(const ExportPorts& ports, const ExportedRun& run,
                        const std::vector<std::string>& models);

// The files of a run or a logged model that clients logged. What can't go is told in the lists.
void add_artifacts(const ExportPorts& ports, const std::vector<model::Artifact>& artifacts,
                   std::map<std::string, ExportedFile>& files,
                   std::vector<std::string>& differences, std::vector<std::string>& notes);

}  // namespace mlrepro::mlflow
