// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/model/server_export.hpp"
#include "mlrepro/ports/artifact_index.hpp"
#include "mlrepro/ports/client_runs.hpp"
#include "mlrepro/ports/http_client.hpp"
#include "mlrepro/ports/model_registry.hpp"
#include "mlrepro/ports/scratch.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::mlflow {

// When a server is not to be had for a moment: the pause doubles from one time to the next.
struct Retries {
  unsigned most = 7;
  std::chrono::milliseconds first_pause{1000};
};

// What export needs of the world besides what tracking needs.
struct ExportPorts {
  const tracking::Ports& store;
  ports::ClientRuns& runs;
  ports::ArtifactIndex& artifacts;
  ports::LoggedModels& models;
  ports::ModelRegistry& registry;
  ports::HttpClient& http;
  ports::Scratch& scratch;
};

struct ExportRequest {
  std::string address;      // of the server, as it is shown
  std::string experiment;   // where the runs go; empty: to one of the name of their own
  bool artifacts = true;    // false: no files
  bool truncate = false;    // values that MLflow has no room for are cut, instead of left out
  bool read_files = false;  // files are read back whole, instead of their sizes
  bool recheck = false;     // also runs that were complete there the last time
  bool dry_run = false;
  Retries retries;
};

// Brings runs to a server of MLflow's protocol and reads them back; their names will do, each is
// loaded when its turn comes, and its series some points at a time. What is there already is not
// sent again; a run that was cut short goes on where it was. Runs that have not ended are Error{
// conflict}. What concerns one run is told of that run; throws ports::NoAnswer and other
// Error{external} where the server is not to be had or lets nobody in.
model::ServerExport export_runs(const ExportPorts& ports, std::vector<model::Run> runs,
                                const ExportRequest& request);

}  // namespace mlrepro::mlflow
