// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/judge_metric.hpp"

#include <charconv>
#include <cmath>

namespace mlrepro::plan {
namespace {

using model::Direction;
using model::MetricCheck;
using model::MetricStatus;

std::string chars(double value, const char* begin, const std::to_chars_result& result)
{
  return result.ec == std::errc{} ? std::string(begin, static_cast<const char*>(result.ptr))
                                  : std::to_string(value);
}

bool is_better(const MetricCheck& check)
{
  return (check.rule.direction == Direction::lower_is_better &&
          *check.replayed < *check.recorded) ||
         (check.rule.direction == Direction::higher_is_better && *check.replayed > *check.recorded);
}

// Why the replayed value is out of its bounds; empty: it is not.
std::string out_of_bounds(double value, const model::MetricRule& rule)
{
  if (rule.min && value < *rule.min) {
    return "below the minimum " + metric_text(rule.min) + " by " + amount_text(*rule.min - value);
  }
  if (rule.max && value > *rule.max) {
    return "above the maximum " + metric_text(rule.max) + " by " + amount_text(value - *rule.max);
  }
  return {};
}

void measure(MetricCheck& check)
{
  if (!std::isfinite(*check.recorded) || !std::isfinite(*check.replayed)) {
    return;
  }
  const double absolute = std::fabs(*check.replayed - *check.recorded);
  const double relative = absolute / std::fabs(*check.recorded);
  if (std::isfinite(absolute)) {
    check.absolute = absolute;
  }
  if (std::isfinite(relative)) {
    check.relative = relative;
  }
}

std::string difference_text(const MetricCheck& check)
{
  if (!check.absolute) {
    return limit_text(check.tolerance);
  }
  std::string text = "difference " + amount_text(*check.absolute);
  if (check.tolerance.relative > 0 && check.relative) {
    text += " (" + amount_text(*check.relative) + " relative)";
  }
  return text + ", " + limit_text(check.tolerance);
}

void judge_difference(MetricCheck& check, model::Gate gate)
{
  measure(check);
  check.reason = difference_text(check);
  const double allowed =
      check.tolerance.absolute + check.tolerance.relative * std::fabs(*check.recorded);
  if (check.absolute && *check.absolute <= allowed) {
    check.status = MetricStatus::within_tolerance;
    return;
  }
  const bool better = is_better(check);
  check.status =
      better && gate == model::Gate::yes ? MetricStatus::improved : MetricStatus::differs;
  if (check.rule.direction != Direction::two_sided) {
    check.reason += better ? ", better" : ", worse";
  }
}

}  // namespace

MetricCheck judge_metric(const MetricPair& pair, const model::MetricRule& rule, model::Gate gate)
{
  MetricCheck check;
  check.key = pair.key;
  check.recorded = pair.recorded;
  check.replayed = pair.replayed;
  check.tolerance = rule.tolerance;
  check.rule = rule;
  if (!check.recorded || !check.replayed || std::isnan(*check.recorded) ||
      std::isnan(*check.replayed)) {
    check.reason = "can't be compared";
    return check;
  }
  if (*check.recorded == *check.replayed) {
    check.status = MetricStatus::same;
    check.absolute = 0;
    check.relative = 0;
  } else {
    judge_difference(check, gate);
  }
  if (const std::string why = out_of_bounds(*check.replayed, rule); !why.empty()) {
    check.status = MetricStatus::differs;
    check.reason = why;
  }
  return check;
}

std::string metric_text(const std::optional<double>& value)
{
  if (!value) {
    return "missing";
  }
  if (std::isnan(*value)) {
    return "NaN";
  }
  char buffer[32];
  return chars(*value, buffer, std::to_chars(buffer, buffer + sizeof buffer, *value));
}

std::string amount_text(double value)
{
  char buffer[32];
  return chars(value, buffer,
               std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 3));
}

std::string limit_text(const model::Tolerance& tolerance)
{
  if (tolerance.absolute > 0 && tolerance.relative > 0) {
    return "limit " + metric_text(tolerance.absolute) + " absolute + " +
           metric_text(tolerance.relative) + " relative";
  }
  if (tolerance.relative > 0) {
    return "limit " + metric_text(tolerance.relative) + " relative";
  }
  return tolerance.absolute > 0 ? "limit " + metric_text(tolerance.absolute) + " absolute"
                                : "no difference is allowed";
}

std::string describe_metric(const MetricCheck& check)
{
  if (!check.recorded && !check.replayed) {
    return "metric '" + check.key + "': required, and neither recorded nor replayed";
  }
  return "metric '" + check.key + "': " + metric_text(check.recorded) + " recorded, " +
         metric_text(check.replayed) + " replayed" +
         (check.reason.empty() ? "" : ", " + check.reason);
}

}  // namespace mlrepro::plan
