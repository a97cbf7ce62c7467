// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/project.hpp"
#include "mlrepro/model/run.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// Replays of several runs at once, each by an mlrepro of its own that is started with the same
// words and leaves its document in a file.
struct ReplayJobs {
  std::vector<std::string> words;  // options of `reproduce`
  std::uint64_t jobs = 1;          // at once
  bool keep = false;               // the folders, whose names are told
};

struct ReplayAnswer {
  std::string document;  // as --json prints it; empty where there is none
  std::string problem;   // then: why
  ExitCode code = ExitCode::ok;
};

// The options of `reproduce` that were given, as words for one of its replays: all but those that
// choose the runs or say where the reports go.
std::vector<std::string> replay_words(const CLI::App& command);

// In the order of the runs. Error{interrupted} when a signal asked us to end; it reached the
// replays as well, and they have ended.
std::vector<ReplayAnswer> replay_in_jobs(const std::vector<model::Run>& runs, const ReplayJobs& how,
                                         Project& project);

}  // namespace mlrepro::cli
