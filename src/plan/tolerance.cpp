// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/tolerance.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {

bool matches_glob(std::string_view pattern, std::string_view text)
{
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

ToleranceRule parse_tolerance(std::string_view text)
{
  const std::size_t equals = text.rfind('=');
  const auto refuse = [&]() {
    return model::Error(
        model::ErrorKind::usage,
        "tolerance '" + std::string(text) + "': not METRIC=VALUE with a value of 0 or more",
        "write --tol 'auc=abs:0.002' or --tol 'val/*=rel:1e-3'");
  };
  if (equals == std::string_view::npos || equals == 0) {
    throw refuse();
  }
  std::string_view number = text.substr(equals + 1);
  const bool relative = number.starts_with("rel:");
  if (relative || number.starts_with("abs:")) {
    number.remove_prefix(4);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (number.empty() || error != std::errc{} || end != number.data() + number.size() ||
      !std::isfinite(value) || value < 0) {
    throw refuse();
  }
  ToleranceRule rule;
  rule.metric = text.substr(0, equals);
  (relative ? rule.tolerance.relative : rule.tolerance.absolute) = value;
  return rule;
}

model::Tolerance tolerance_for(const std::vector<ToleranceRule>& rules, std::string_view metric)
{
  const auto rule = std::find_if(rules.rbegin(), rules.rend(), [&](const ToleranceRule& candidate) {
    return matches_glob(candidate.metric, metric);
  });
  return rule == rules.rend() ? model::Tolerance{} : rule->tolerance;
}

}  // namespace mlrepro::plan
