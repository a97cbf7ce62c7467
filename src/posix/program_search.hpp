// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::posix {

// The files that execvp(3) tries for `name`, in its order. `path` is the value of PATH; absent
// means the system's default. Relative files are relative to the command's folder.
std::vector<std::string> program_candidates(const std::string& name,
                                            std::optional<std::string_view> path);

// The first candidate that is an executable regular file, as an absolute path; `cwd` is absolute.
std::optional<std::string> find_program(const std::string& name, const std::string& cwd,
                                        std::optional<std::string_view> path);

}  // namespace mlrepro::posix
