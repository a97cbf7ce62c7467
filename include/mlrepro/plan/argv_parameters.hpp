// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mlrepro::plan {

// The parameters that a command line names: "--lr 0.1", "--lr=0.1", "lr=0.1", "-d 6", and a bare
// "--verbose" as "true". The options of an interpreter before its script do not count. Where a
// name comes twice, the last one counts, as argument parsers do.
std::vector<std::pair<std::string, std::string>> find_argv_parameters(
    const std::vector<std::string>& command);

}  // namespace mlrepro::plan
