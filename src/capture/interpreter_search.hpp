// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::capture {

// "python" for ".../python3.11", "R" for "Rscript" and so on; empty for other programs.
std::string interpreter_name(const std::string& program);

// The interpreter that `program` is, that its "#!" line names, or that it hands over to when it
// is a wrapper script started in `cwd`; its path is not resolved through links, since a virtual
// environment is found by the link. The version is left empty.
std::optional<model::Interpreter> interpreter_of(const std::string& program,
                                                 const std::string& cwd);

// The same for a running process and those below it, by /proc; the nearest one is taken. A program
// that only starts others, such as `conda run`, is none: what it starts is.
std::optional<model::Interpreter> running_interpreter(int pid);

}  // namespace mlrepro::capture
