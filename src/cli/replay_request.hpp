// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/project.hpp"
#include "mlrepro/reproduction/reproduce.hpp"

namespace mlrepro::cli {

// What every replay needs of the project and of the user's variables. `timeout` is the word of
// --timeout, or empty; Error{usage} where it is no number. On stdout is the answer alone: with
// --json, what the replay prints is only in its logs.
reproduction::ReproduceRequest replay_request(Project& project, const std::string& timeout,
                                              bool show_output);

}  // namespace mlrepro::cli
