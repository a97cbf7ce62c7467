// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/model/drift.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// The [[drift]] rules of the file that --thresholds names, or where that is empty of mlrepro.toml;
// none where there is no such part. Error{usage} and its like name what is wrong in them.
std::vector<model::DriftRule> drift_rules(const std::string& thresholds, Project& project);

// Adds --thresholds; `more` is what it brings with it, said at the end of its help.
void add_thresholds_option(CLI::App& command, std::string& thresholds, const std::string& more);

}  // namespace mlrepro::cli
