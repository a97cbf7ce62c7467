// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlrepro::plan {

// The parameters that a command line names: "--lr 0.1", "--lr=0.1", "lr=0.1", "-d 6", and a bare
// "--verbose" as "true". The options of an interpreter before its script do not count. Where a
// name comes twice, the last one counts, as argument parsers do.
std::vector<std::pair<std::string, std::string>> find_argv_parameters(
    const std::vector<std::string>& command);

// The same command with another value for one of those parameters, in the place that counts. "true"
// keeps a bare switch and "false" leaves it out. Absent where the command does not name `key`, or
// where a bare switch is to have another value.
std::optional<std::vector<std::string>> with_argv_parameter(const std::vector<std::string>& command,
                                                            const std::string& key,
                                                            const std::string& value);

}  // namespace mlrepro::plan
