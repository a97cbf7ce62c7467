// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "mlflow/tracking_server.hpp"
#include "mlrepro/mlflow/export.hpp"

namespace mlrepro::mlflow {

// What there is to tell of a thing, such as a file.
using Tell = std::function<void(const std::string& what, const std::string& why)>;

// One run's way to a server, for those who see to a part of it. What it refers
// to outlives it.
struct ExportTask {
  const ExportPorts& ports;
  TrackingServer& server;
  const ExportRequest& request;
  model::ServerExport::Run& told;
  std::function<void()> begin;  // before something is sent
  Tell tell;
};

}  // namespace mlrepro::mlflow
