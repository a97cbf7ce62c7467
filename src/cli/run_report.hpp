// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "cli/project.hpp"
#include "mlrepro/tracking/run_command.hpp"

// What `run` says of a run that has ended, and how it ends itself: with the exit code of the
// command, or by the same signal.
namespace mlrepro::cli {

int report_run(const tracking::RunOutcome& outcome, Project& project, const std::string& command);

// Each run is told of as it ends, and how much they vary at the end. Ends as the last one, which is
// the first that failed.
int run_repeatedly(const tracking::RunRequest& request, std::size_t times, Project& project,
                   const tracking::Ports& ports);

}  // namespace mlrepro::cli
