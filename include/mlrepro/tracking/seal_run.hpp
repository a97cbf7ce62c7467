// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// What the process that kept the run still knows, and one that heals it later does not.
struct Ending {
  std::optional<ports::ProcessResult> process;  // absent: nobody saw the end
  std::optional<model::Environment> environment;
  bool take_outputs = true;
  std::vector<std::string> old_metric_files = {};  // not written by the run: no metrics of it
  std::vector<std::string> problems;
  std::vector<std::string> untraced = {};  // why accesses are missing from the trace
  // The files of data that is only part of a folder, by its recorded path.
  std::map<std::string, std::vector<std::string>> listed = {};
};

struct Sealing {
  bool done = false;                    // false: somebody else has sealed it
  std::optional<model::Error> failure;  // the first input or output error that left a gap
};

// Folds the live record of a running run into the database: metrics, logs, outputs, inputs that
// changed. An output that can't be stored is a gap in the record; logs and metrics that can't be
// are an Error, and the live record, which has the only copy of them, stays for another attempt.
Sealing seal_run(const Ports& ports, const model::Run& run, const std::string& top,
                 const Ending& ending);

// Ends the runs below `ancestor` that clients of its command began and did not end, as `end` says:
// no process of ours keeps them, so that they have no live record. Those of a sweep are its trials,
// which have.
void seal_descendants(const Ports& ports, const model::Run& ancestor, const ports::RunEnd& end);

// Completes the records of runs whose mlrepro and command are gone. Safe beside other processes;
// trouble with one run is a warning.
void heal_runs(const Ports& ports);

}  // namespace mlrepro::tracking
