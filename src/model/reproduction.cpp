// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/reproduction.hpp"

#include <algorithm>
#include <array>

namespace mlrepro::model {

std::string_view to_string(Verdict verdict)
{
  switch (verdict) {
    case Verdict::reproduced:
      return "reproduced";
    case Verdict::differs:
      return "differs";
    case Verdict::incomparable:
      return "incomparable";
    case Verdict::failed:
      return "failed";
    case Verdict::blocked:
      return "blocked";
    case Verdict::passed:
      return "passed";
  }
  return "unknown";
}

std::string_view to_string(CheckStatus status)
{
  switch (status) {
    case CheckStatus::same:
      return "same";
    case CheckStatus::differs:
      return "differs";
    case CheckStatus::missing:
      return "missing";
    case CheckStatus::skipped:
      return "skipped";
    case CheckStatus::same_content:
      return "same_content";
    case CheckStatus::within_tolerance:
      return "within_tolerance";
    case CheckStatus::varies:
      return "varies";
  }
  return "unknown";
}

std::string_view to_string(Direction direction)
{
  switch (direction) {
    case Direction::two_sided:
      return "two-sided";
    case Direction::lower_is_better:
      return "lower-is-better";
    case Direction::higher_is_better:
      return "higher-is-better";
  }
  return "unknown";
}

std::string_view to_string(MetricStatus status)
{
  switch (status) {
    case MetricStatus::same:
      return "same";
    case MetricStatus::within_tolerance:
      return "within_tolerance";
    case MetricStatus::differs:
      return "differs";
    case MetricStatus::incomparable:
      return "incomparable";
    case MetricStatus::skipped:
      return "skipped";
    case MetricStatus::improved:
      return "improved";
    case MetricStatus::within_noise:
      return "within_noise";
  }
  return "unknown";
}

std::string_view to_string(Impact impact)
{
  switch (impact) {
    case Impact::none:
      return "none";
    case Impact::low:
      return "low";
    case Impact::medium:
      return "medium";
    case Impact::high:
      return "high";
  }
  return "unknown";
}

std::string_view to_string(EnvironmentPolicy policy)
{
  switch (policy) {
    case EnvironmentPolicy::check:
      return "check";
    case EnvironmentPolicy::strict:
      return "strict";
    case EnvironmentPolicy::rebuild:
      return "rebuild";
    case EnvironmentPolicy::ignore:
      return "ignore";
  }
  return "unknown";
}

Verdict worst_verdict(std::span<const Reproduction> reproductions)
{
  constexpr std::array k_worst_first = {Verdict::differs, Verdict::failed,
                                        Verdict::blocked, Verdict::incomparable,
                                        Verdict::passed,  Verdict::reproduced};
  const auto rank = [&](const Reproduction& reproduction) {
    return std::find(k_worst_first.begin(), k_worst_first.end(), reproduction.verdict);
  };
  return std::min_element(
             reproductions.begin(), reproductions.end(),
             [&](const Reproduction& a, const Reproduction& b) { return rank(a) < rank(b); })
      ->verdict;
}

}  // namespace mlrepro::model
