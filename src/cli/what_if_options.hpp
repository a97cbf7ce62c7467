// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/reproduction/what_if.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// The options of `reproduce` that change something about the runs.
struct WhatIfOptions {
  std::vector<std::string> set;   // KEY=VALUE
  std::vector<std::string> with;  // PATH=SNAPSHOT
  std::string code;
  std::string environment_of;

  [[nodiscard]] bool given() const
  {
    return !set.empty() || !with.empty() || !code.empty() || !environment_of.empty();
  }
};

void add_what_if_options(CLI::App& command, WhatIfOptions& options);

// What the words name, found in the store and in the repository. Throws Error{usage} and
// Error{not_found}.
reproduction::Changes find_changes(const WhatIfOptions& options, Project& project,
                                   tracking::Ports& ports);

}  // namespace mlrepro::cli
