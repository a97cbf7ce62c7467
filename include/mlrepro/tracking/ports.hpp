// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/environment_probe.hpp"
#include "mlrepro/ports/live_records.hpp"
#include "mlrepro/ports/process_runner.hpp"
#include "mlrepro/ports/run_endpoint.hpp"
#include "mlrepro/ports/run_store.hpp"
#include "mlrepro/ports/source_control.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::tracking {

// What tracking needs of the world besides what versioning needs.
struct Ports {
  versioning::Ports data;
  ports::RunStore& runs;
  ports::LiveRecords& live;
  const ports::SourceControl& source;
  ports::ProcessRunner& processes;
  ports::EnvironmentProbe& probe;
  ports::RunEndpoint* endpoint = nullptr;  // null: commands are offered no place to log to
};

}  // namespace mlrepro::tracking
