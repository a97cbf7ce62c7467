// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run_id.hpp"

namespace mlrepro::model {

// What a run's export did at a server of MLflow's protocol, or would do.
struct ServerExport {
  enum class State {
    made,        // it was not there
    completed,   // it was there, and lacked something
    unchanged,   // it is there as it is here
    incomplete,  // something was refused, could not be sent, or reads back otherwise
  };

  struct Run {
    RunId id;
    std::string name;
    std::string experiment;  // there
    std::string server_run;  // its id there; empty where it was not made
    State state = State::unchanged;
    std::uint64_t params = 0;  // these and the following: what was sent
    std::uint64_t tags = 0;
    std::uint64_t points = 0;
    std::uint64_t datasets = 0;
    std::uint64_t models = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;                 // of these files
    std::vector<std::string> notes;          // what goes otherwise than it is here, as asked for
    std::vector<std::string> differences{};  // why it is incomplete
  };

  std::string location;
  bool dry_run = false;
  std::vector<Run> runs;

  [[nodiscard]] bool complete() const;
};

std::string_view to_string(ServerExport::State state);

}  // namespace mlrepro::model
