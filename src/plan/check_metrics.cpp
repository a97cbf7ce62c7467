// SPDX-License-Identifier: Apache-2.0
#include "plan/check_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/plan/judge_metric.hpp"
#include "mlrepro/plan/noise.hpp"

namespace mlrepro::plan {
namespace {

using model::CheckStatus;
using model::MetricCheck;
using model::MetricStatus;
using model::OutputCheck;
using model::Run;

std::optional<double> value_in(const Run& run, const std::string& key)
{
  const auto found = run.metrics.find(key);
  return found == run.metrics.end() ? std::nullopt : std::optional(found->second.last);
}

bool is_repeated(const JudgeRequest& request)
{
  return request.replays.size() > 1 || !request.repeats.empty();
}

// The values of one metric in all of these; absent where one lacks it or has NaN.
std::optional<std::vector<double>> values_in(const std::vector<Repeated>& runs,
                                             const std::string& key)
{
  std::vector<double> values;
  for (const Repeated& repeated : runs) {
    const auto value = value_in(repeated.run, key);
    if (!value || std::isnan(*value)) {
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return values;
}

MetricCheck check_repeated(const Run& recorded, const JudgeRequest& request, const std::string& key)
{
  const MetricPair first = {key, value_in(recorded, key),
                            value_in(request.replays.front().run, key)};
  const model::MetricRule rule = rule_for(request.rules, key);
  MetricCheck check = judge_metric(first, rule, request.gate);
  if (!is_repeated(request) || !first.recorded || std::isnan(*first.recorded)) {
    return check;
  }
  const auto replayed = values_in(request.replays, key);
  const auto repeats = values_in(request.repeats, key);
  if (!replayed || !repeats) {
    check.status = MetricStatus::incomparable;
    check.reason = std::string("missing or NaN in ") +
                   (replayed ? "a repeat of the record" : "one of the replays");
    return check;
  }
  RepeatedMetric metric = {key, {*first.recorded}, *replayed};
  metric.recorded.insert(metric.recorded.end(), repeats->begin(), repeats->end());
  return judge_repeated(metric, rule, request.gate);
}

void add_required(const JudgeRequest& request, std::vector<MetricCheck>& checks)
{
  for (const model::MetricRule& rule : request.rules) {
    const bool there = std::any_of(checks.begin(), checks.end(), [&](const MetricCheck& check) {
      return matches_glob(rule.metric, check.key);
    });
    if (rule.required && !there) {
      MetricCheck check;
      check.key = rule.metric;
      check.tolerance = rule.tolerance;
      check.rule = rule;
      check.reason = "required";
      checks.push_back(std::move(check));
    }
  }
}

bool varies(const OutputCheck& check)
{
  return check.status == CheckStatus::differs || check.status == CheckStatus::missing;
}

// Of the outputs that are listed in all of `lists` at the same place.
bool varies_in(const std::vector<Repeated>& runs, const std::string& path,
               std::vector<OutputCheck> Repeated::*list)
{
  return std::any_of(runs.begin(), runs.end(), [&](const Repeated& repeated) {
    const auto& checks = repeated.*list;
    return std::any_of(checks.begin(), checks.end(), [&](const OutputCheck& check) {
      return check.path == path && varies(check);
    });
  });
}

// 0 is the best.
int rank(CheckStatus status)
{
  switch (status) {
    case CheckStatus::same:
    case CheckStatus::skipped:
      return 0;
    case CheckStatus::same_content:
      return 1;
    case CheckStatus::within_tolerance:
      return 2;
    case CheckStatus::varies:
      return 3;
    case CheckStatus::differs:
      return 4;
    case CheckStatus::missing:
      return 5;
  }
  return 5;
}

}  // namespace

std::vector<MetricCheck> check_metrics(const Run& recorded, const JudgeRequest& request)
{
  std::set<std::string> keys;
  for (const auto& [key, summary] : recorded.metrics) {
    keys.insert(key);
  }
  for (const Repeated& replay : request.replays) {
    for (const auto& [key, summary] : replay.run.metrics) {
      keys.insert(key);
    }
  }
  std::vector<MetricCheck> checks;
  for (const std::string& key : keys) {
    if (model::is_resource_metric(key)) {
      continue;
    }
    MetricCheck check = check_repeated(recorded, request, key);
    const auto known = recorded.metrics.find(key);
    if (known != recorded.metrics.end() && known->second.added_later && !check.replayed) {
      check.status = MetricStatus::skipped;
      check.reason = "added after the run had ended";
    }
    checks.push_back(std::move(check));
  }
  add_required(request, checks);
  return checks;
}

std::vector<OutputCheck> fold_outputs(const JudgeRequest& request)
{
  std::vector<OutputCheck> folded = request.replays.front().outputs;
  for (OutputCheck& check : folded) {
    for (const Repeated& replay : request.replays) {
      for (const OutputCheck& other : replay.outputs) {
        if (other.path == check.path && rank(other.status) > rank(check.status)) {
          check = other;
        }
      }
    }
    const bool unsteady = varies_in(request.replays, check.path, &Repeated::to_first) ||
                          varies_in(request.repeats, check.path, &Repeated::outputs);
    // A rule that a table does not keep to is no matter of noise: somebody chose its limit.
    if (check.status == CheckStatus::differs && unsteady && !check.ruled) {
      check.status = CheckStatus::varies;
      check.reasons.insert(check.reasons.begin(), "not the same from one repeat to the next");
    }
  }
  return folded;
}

std::optional<bool> is_deterministic(const std::vector<MetricCheck>& metrics,
                                     const JudgeRequest& request)
{
  if (!is_repeated(request)) {
    return std::nullopt;
  }
  for (const MetricCheck& check : metrics) {
    if (check.noise &&
        (!check.noise->recorded.is_constant() || !check.noise->replayed.is_constant())) {
      return false;
    }
  }
  const auto steady = [](const std::vector<Repeated>& runs,
                         std::vector<OutputCheck> Repeated::*list) {
    return std::none_of(runs.begin(), runs.end(), [&](const Repeated& repeated) {
      const auto& checks = repeated.*list;
      return std::any_of(checks.begin(), checks.end(), varies);
    });
  };
  return steady(request.replays, &Repeated::to_first) &&
         steady(request.repeats, &Repeated::outputs);
}

}  // namespace mlrepro::plan
