// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/plan/judge.hpp"
#include "mlrepro/ports/environment_builder.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/run_command.hpp"

namespace mlrepro::reproduction {

struct ReproduceRequest {
  model::Run run;       // in full
  std::string scratch;  // absolute; an empty folder that the replay may fill
  std::string store;    // absolute
  std::string top;      // of the project that reproduces, for programs that lie in it
  std::string user;
  std::string host;
  std::vector<plan::ToleranceRule> tolerances;
  model::EnvironmentPolicy environment = model::EnvironmentPolicy::check;
  std::string search_path;  // the value of $PATH, which a rebuilt environment goes before
  std::vector<model::RowRule> row_rules;
  model::Gate gate = model::Gate::no;
  std::size_t repeat = 1;  // replays, each in a folder of its own below `scratch`
  bool show_output = true;
  bool no_network = false;  // Error{external} where the system does not allow it
  bool trace = false;       // what it reads beyond the record counts against level 3; the same
  std::optional<double> resources_s;  // as of tracking::RunRequest
  std::optional<double> timeout_s;
  double grace_s = 10;
};

// Restores the recorded code and inputs into the scratch folder, runs the recorded command there
// with the recorded variables, records that as a run whose parent is the original, and judges. With
// several replays, and with the repeats that the run was recorded with, it is judged by how much
// they vary.
// Nothing outside the scratch folder and the store is written. What stands in the way of a replay
// is the verdict "blocked" with its reason, not an error. `builder` is asked with
// EnvironmentPolicy::rebuild only.
model::Reproduction reproduce(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                              const ReproduceRequest& request);

}  // namespace mlrepro::reproduction
