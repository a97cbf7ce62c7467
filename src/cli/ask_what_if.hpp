// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "cli/project.hpp"
#include "cli/replays.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::cli {

// `reproduce` with something changed: replays the runs, prints how they come out beside what they
// were, and returns the exit code.
int ask_what_if(const ReproduceOptions& options, const std::vector<model::Run>& runs,
                Project& project);

}  // namespace mlrepro::cli
