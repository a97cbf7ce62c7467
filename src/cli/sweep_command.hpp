// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/project.hpp"
#include "cli/sweep_options.hpp"
#include "mlrepro/tracking/run_command.hpp"

namespace mlrepro::cli {

// Each returns the exit code.
int start_sweep(const SweepOptions& options, const tracking::RunRequest& request, Project& project);
int resume_sweep(const SweepOptions& options, Project& project);

}  // namespace mlrepro::cli
