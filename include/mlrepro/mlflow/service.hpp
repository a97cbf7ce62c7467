// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/client_runs.hpp"
#include "mlrepro/ports/clock.hpp"
#include "mlrepro/ports/dataset_sources.hpp"
#include "mlrepro/ports/experiment_store.hpp"
#include "mlrepro/ports/model_registry.hpp"
#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::mlflow {

// A request of MLflow's REST protocol, free of HTTP: what is behind `/api/2.0/mlflow/` or
// `/ajax-api/2.0/mlflow/`, and already let through by the face that received it.
struct Request {
  std::string method;                                      // GET, POST, PATCH, DELETE
  std::string route;                                       // "runs/create"
  std::vector<std::pair<std::string, std::string>> query;  // percent-decoded once, in order
  std::string body;                                        // JSON; empty for GET
};

struct Reply {
  int status = 200;
  std::string body = "{}";  // JSON, also of an error: {"error_code","message"}
};

// All of which any number of threads use.
struct ServicePorts {
  ports::ExperimentStore& experiments;
  ports::ClientRuns& runs;
  ports::ModelRegistry& registry;
  ports::LoggedModels& models;
  ports::DatasetSources& sources;
  const ports::Clock& clock;
  ports::Reporter& reporter;
};

struct ServiceOptions {
  // A run that is open: the first one that a client makes is this one, later ones are its children.
  std::optional<model::RunId> session_run;
};

// Answers MLflow's clients out of the store. Artifacts are not its business.
class Service {
 public:
  Service(const ServicePorts& ports, const ServiceOptions& options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Any number of threads at once. Never throws: what goes wrong is in the reply, without SQL or
  // paths of this machine.
  Reply handle(const Request& request) noexcept;
  // The id of the experiment that the open run is in; empty without one.
  [[nodiscard]] std::string experiment_of_session() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Where a client keeps the artifacts of a run, and of a logged model.
std::string artifact_root_of_run(std::int64_t experiment, const model::RunId& run);
std::string artifact_root_of_model(std::int64_t experiment, const std::string& model_id);

}  // namespace mlrepro::mlflow
