// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/row_rule.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/tolerance.hpp"

namespace mlrepro::plan {

model::RowRule parse_row_rule(std::string_view text)
{
  const auto refuse = [&] {
    return model::Error(model::ErrorKind::usage,
                        "row tolerance '" + std::string(text) +
                            "': not FILE=LIMIT[,LIMIT...] with abs:X, rel:X or key:COLUMN",
                        "write --tol-rows 'predictions.csv=abs:1e-6,key:id'");
  };
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw refuse();
  }
  model::RowRule rule;
  rule.path = text.substr(0, equals);
  std::string_view terms = text.substr(equals + 1);
  for (bool more = true; more;) {
    const std::size_t comma = std::min(terms.find(','), terms.size());
    const std::string_view term = terms.substr(0, comma);
    if (term.starts_with("key:") && term.size() > 4) {
      rule.key.emplace_back(term.substr(4));
    } else if (!add_tolerance(term, rule.tolerance)) {
      throw refuse();
    }
    more = comma < terms.size();
    terms.remove_prefix(std::min(comma + 1, terms.size()));
  }
  return rule;
}

const model::RowRule* row_rule_for(const std::vector<model::RowRule>& rules, std::string_view path)
{
  const auto rule = std::find_if(
      rules.rbegin(), rules.rend(),
      [&](const model::RowRule& candidate) { return matches_glob(candidate.path, path); });
  return rule == rules.rend() ? nullptr : &*rule;
}

}  // namespace mlrepro::plan
