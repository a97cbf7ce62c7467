// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mlflow/export_content.hpp"
#include "mlflow/export_models.hpp"
#include "mlflow/export_points.hpp"
#include "mlflow/export_registry.hpp"
#include "mlflow/server_run.hpp"
#include "mlflow/tracking_server.hpp"

namespace mlrepro::mlflow {

// Where a run goes.
struct ExportPlace {
  std::string experiment;  // its id there
  std::string parent;      // the id there of the run's parent; empty without one there
};

// Brings one run to a server: looks what is there, sends what is missing, looks again.
class RunExporter {
 public:
  // All of them outlive this; what happens is told in `told`.
  RunExporter(const ExportPorts& ports, TrackingServer& server, const ExportRequest& request,
              model::ServerExport::Run& told)
      : ports_(ports), server_(server), request_(request), told_(told)
  {
  }

  void bring(const ExportPlace& place, ExportedRun run);

 private:
  [[nodiscard]] Json creation(const ExportPlace& place) const;
  [[nodiscard]] std::optional<ServerRun> find_there(const ExportPlace& place);
  ServerRun make(const ExportPlace& place);
  void send_all(const std::string& experiment, const ServerRun& there);
  void finish();
  void send_values(const ServerRun& there);
  void send_metrics(const ServerRun& there);
  void send_datasets(const ServerRun& there);
  void send_model_notes(const ServerRun& there);
  void send_files(const ServerRun& there);
  void send_end(const ServerRun& there);
  void check(const ServerRun& there);
  void check_values(const ServerRun& there);
  void check_files(const ServerRun& there);
  [[nodiscard]] PointMarks missing_points(const ServerRun& there, const std::string& key);
  void send_batch(const char* list, const std::vector<Json>& items);
  // Before the first thing is sent.
  void begin();
  // Nothing in a dry run.
  void post(const std::string& route, const Json& message);
  void set_state(const std::string& state);
  void tell(const std::string& what, const std::string& why);

  const ExportPorts& ports_;
  TrackingServer& server_;
  const ExportRequest& request_;
  model::ServerExport::Run& told_;
  ExportedRun wanted_;
  std::vector<ExportedModel> models_;
  std::vector<model::ModelVersion> versions_;
  std::string digest_;
  std::string known_;  // how far the run has come there: its tag k_state_tag
  std::set<std::string> told_of_;
  bool trusted_ = false;  // whether files of the right size there are what was sent before
  unsigned refusals_ = 0;
};

}  // namespace mlrepro::mlflow
