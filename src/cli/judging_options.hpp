// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/reproduction/reproduce.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// The options of `reproduce` that say what counts as the same.
struct JudgingOptions {
  std::vector<std::string> tolerances;
  std::vector<std::string> row_rules;
  bool gate = false;
  std::string repeat;
  std::string rtol;
  std::string atol;
};

void add_judging_options(CLI::App& command, JudgingOptions& options);

// With the rules of mlrepro.toml, behind which those of the command line come. Throws Error{usage}.
void apply_judging_options(const JudgingOptions& options, Project& project,
                           reproduction::ReproduceRequest& request);

// Each by its name, and whether it was given.
std::vector<std::pair<std::string, bool>> judging_options_given(const JudgingOptions& options);

}  // namespace mlrepro::cli
