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

enum class EnvironmentItemKind {
  field = 0,    // one of environment_fields()
  package = 1,  // by its package_key
  other = 2,    // the interpreter, a variable or a fact, by its name as it is
};

struct EnvironmentItem {
  EnvironmentItemKind kind = EnvironmentItemKind::field;
  std::string name;
  std::string value;

  bool operator==(const EnvironmentItem&) const = default;
};

// All that environment_item finds: the value of a name is that of the field; where no field has the
// name, that of the package or of the other one, of which there is one at most.
std::vector<EnvironmentItem> environment_items(const model::Environment& environment);

}  // namespace mlrepro::plan
