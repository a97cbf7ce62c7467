// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// What the process that kept the run still knows, and one that heals it later does not.
struct Ending {
  std::optional<ports::ProcessResult> process;  // absent: nobody saw the end
  std::optional<model::Environment> environment;
  bool take_outputs = true;
  std::vector<std::string> problems;
};

// Folds the live record of a running run into the database: metrics, logs, outputs, inputs that
// changed. Returns false when somebody else has sealed it.
bool seal_run(const Ports& ports, const model::Run& run, const std::string& top,
              const Ending& ending);

// Completes the records of runs whose mlrepro and command are gone. Safe beside other processes;
// trouble with one run is a warning.
void heal_runs(const Ports& ports);

}  // namespace mlrepro::tracking
