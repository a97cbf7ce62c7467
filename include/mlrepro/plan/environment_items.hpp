// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::plan {

// The names that stand for fields of an environment itself: "os", "kernel", "arch", "cpu",
// "threads", "memory_bytes".
const std::vector<std::string>& environment_fields();

// A package's name as package indexes compare it: "Scikit_Learn" is "scikit-learn".
std::string package_key(std::string_view name);

// What `environment.NAME` stands for: one of the fields above, else the version of the package or
// the interpreter of that name, else the variable, else the fact. Absent when there is none.
std::optional<std::string> environment_item(const model::Environment& environment,
                                            const std::string& name);

}  // namespace mlrepro::plan
