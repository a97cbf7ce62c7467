// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mlrepro/format/wildcard.hpp"

namespace mlrepro::format {

// The rules of one `.mlreproignore`, in gitignore(5) syntax.
class IgnoreRules {
 public:
  IgnoreRules() = default;
  static IgnoreRules parse(std::string_view text);

  // `path` is relative to the folder that the file lies in. Absent: no rule speaks of it; else the
  // last rule that matches decides, and false means that it is taken back in ("!pattern").
  [[nodiscard]] std::optional<bool> ignores(std::string_view path, bool is_folder) const;
  [[nodiscard]] bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    Wildcard pattern;
    bool negated = false;
    bool folders_only = false;
    bool anchored = false;  // matches the whole path, not just its last component
  };
  std::vector<Rule> rules_;
};

}  // namespace mlrepro::format
