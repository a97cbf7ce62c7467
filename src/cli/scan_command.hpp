// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cli/commands.hpp"

namespace mlrepro::cli {

// `log scan`; `run` is what `log --run` says.
void register_scan(CLI::App& log, std::shared_ptr<const std::string> run, Action& chosen);

}  // namespace mlrepro::cli
