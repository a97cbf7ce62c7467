// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/tolerance.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {

namespace {

// Finite, and nothing behind it.
std::optional<double> read_number(std::string_view text)
{
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = !text.empty() && error == std::errc{} && end == text.data() + text.size() &&
                    std::isfinite(value);
  return good ? std::optional(value) : std::nullopt;
}

// "abs:0.002" is its name and its number; a number alone is absolute.
struct Term {
  std::string_view name = "abs";
  std::optional<double> value;
};

Term parse_term(std::string_view text)
{
  const std::size_t colon = text.find(':');
  return colon == std::string_view::npos
             ? Term{"abs", read_number(text)}
             : Term{text.substr(0, colon), read_number(text.substr(colon + 1))};
}

// One limit of a rule.
bool read_term(std::string_view text, ToleranceRule& rule)
{
  if (const auto direction = parse_direction(text)) {
    rule.direction = *direction;
    return true;
  }
  if (text == "required") {
    rule.required = true;
    return true;
  }
  const Term term = parse_term(text);
  if (term.value && (term.name == "min" || term.name == "max")) {
    (term.name == "min" ? rule.min : rule.max) = term.value;
    return true;
  }
  return add_tolerance(text, rule.tolerance);
}

}  // namespace

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

bool add_tolerance(std::string_view text, model::Tolerance& tolerance)
{
  const Term term = parse_term(text);
  if (!term.value || *term.value < 0 || (term.name != "abs" && term.name != "rel")) {
    return false;
  }
  (term.name == "rel" ? tolerance.relative : tolerance.absolute) = *term.value;
  return true;
}

std::optional<model::Direction> parse_direction(std::string_view text)
{
  using model::Direction;
  for (const Direction direction :
       {Direction::two_sided, Direction::lower_is_better, Direction::higher_is_better}) {
    if (text == model::to_string(direction)) {
      return direction;
    }
  }
  return std::nullopt;
}

ToleranceRule parse_tolerance(std::string_view text)
{
  const std::size_t equals = text.rfind('=');
  ToleranceRule rule;
  bool good = equals != std::string_view::npos && equals > 0;
  if (good) {
    rule.metric = text.substr(0, equals);
    std::string_view terms = text.substr(equals + 1);
    for (bool more = true; good && more;) {
      const std::size_t comma = std::min(terms.find(','), terms.size());
      good = read_term(terms.substr(0, comma), rule);
      more = comma < terms.size();
      terms.remove_prefix(std::min(comma + 1, terms.size()));
    }
  }
  if (!good || (rule.min && rule.max && *rule.min > *rule.max)) {
    throw model::Error(
        model::ErrorKind::usage,
        "tolerance '" + std::string(text) +
            "': not METRIC=LIMIT[,LIMIT...] with abs:X, rel:X, min:X, max:X, lower-is-better, "
            "higher-is-better or required",
        "write --tol 'auc=abs:0.002' or --tol 'val/*=rel:1e-3,min:0.8'");
  }
  return rule;
}

ToleranceRule rule_for(const std::vector<ToleranceRule>& rules, std::string_view metric)
{
  const auto rule = std::find_if(rules.rbegin(), rules.rend(), [&](const ToleranceRule& candidate) {
    return matches_glob(candidate.metric, metric);
  });
  return rule == rules.rend() ? ToleranceRule{} : *rule;
}

model::Tolerance tolerance_for(const std::vector<ToleranceRule>& rules, std::string_view metric)
{
  return rule_for(rules, metric).tolerance;
}

}  // namespace mlrepro::plan
