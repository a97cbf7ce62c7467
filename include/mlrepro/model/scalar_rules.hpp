// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::model {

// Which numbers of a run's output are metrics: those that one of the patterns finds. None: none.
struct ScalarRules {
  std::vector<std::string> patterns;   // built-in ones, by name
  std::vector<std::string> templates;  // the user's own, such as "val acc {val_acc}"

  [[nodiscard]] bool empty() const { return patterns.empty() && templates.empty(); }
  bool operator==(const ScalarRules&) const = default;
};

}  // namespace mlrepro::model
