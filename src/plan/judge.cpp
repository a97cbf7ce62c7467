// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/judge.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/plan/compare_runs.hpp"
#include "mlrepro/plan/environment_impact.hpp"

namespace mlrepro::plan {
namespace {

using model::CheckStatus;
using model::Level;
using model::LevelCheck;
using model::MetricCheck;
using model::MetricStatus;
using model::Reproduction;
using model::Run;
using model::Verdict;

std::string describe(const model::EnvironmentDifference& difference)
{
  return difference.item + ": " + difference.recorded.value_or("(absent)") + " then, " +
         difference.replayed.value_or("(absent)") + " now";
}

LevelCheck check_code(const Run& recorded, const Run& replay)
{
  LevelCheck check{Level::code, CheckStatus::same, {}};
  if (!recorded.code.digest) {
    check.status = CheckStatus::missing;
    check.reasons.emplace_back("the record has no code");
  } else if (recorded.code.digest != replay.code.digest) {
    check.status = CheckStatus::differs;
    check.reasons.emplace_back("the replay ran other code");
  } else if (!recorded.code.omitted.empty()) {
    check.status = CheckStatus::missing;
    check.reasons.push_back("'" + recorded.code.omitted.front().path + "' was not stored");
  }
  return check;
}

// No replay can produce what somebody added by hand after the run had ended.
bool was_added_later(const Run& run, const std::string& parameter)
{
  return std::any_of(run.additions.begin(), run.additions.end(),
                     [&](const model::Addition& addition) {
                       return addition.kind == "param" && addition.key == parameter;
                     });
}

LevelCheck check_configuration(const Run& recorded, const Run& replay)
{
  LevelCheck check{Level::configuration, CheckStatus::same, {}};
  for (const model::ParamDiff& diff :
       compare_params(recorded.params, replay.params, List::differences)) {
    if (!diff.b && was_added_later(recorded, diff.key)) {
      continue;
    }
    check.status = CheckStatus::differs;
    check.reasons.push_back(diff.key + ": " + diff.a.value_or("(absent)") + " then, " +
                            diff.b.value_or("(absent)") + " now");
  }
  return check;
}

LevelCheck check_data(const Run& recorded, const Run& replay)
{
  LevelCheck check{Level::data, CheckStatus::same, {}};
  if (recorded.inputs.empty()) {
    check.status = CheckStatus::missing;
    check.reasons.emplace_back("the record declares no input");
  }
  for (const model::RunData& input : recorded.inputs) {
    const auto twin =
        std::find_if(replay.inputs.begin(), replay.inputs.end(),
                     [&](const model::RunData& data) { return data.path == input.path; });
    if (!input.snapshot) {
      check.status = check.status == CheckStatus::differs ? check.status : CheckStatus::missing;
      check.reasons.push_back("input '" + input.path + "' was not there when it was recorded");
    } else if (twin == replay.inputs.end() || twin->snapshot != input.snapshot) {
      check.status = CheckStatus::differs;
      check.reasons.push_back("input '" + input.path + "' is not the recorded one");
    } else if (input.changed_during_run) {
      check.status = CheckStatus::differs;
      check.reasons.push_back("input '" + input.path +
                              "' changed while the recorded run was reading it");
    }
  }
  return check;
}

LevelCheck check_environment(const Run& recorded, const Run& replay,
                             const model::EnvironmentReport& report)
{
  LevelCheck check{Level::environment, CheckStatus::same, {}};
  if (report.policy == model::EnvironmentPolicy::ignore) {
    return {Level::environment, CheckStatus::skipped, {"not compared (--env ignore)"}};
  }
  if (!recorded.environment || !replay.environment) {
    check.status = CheckStatus::missing;
    check.reasons.emplace_back(recorded.environment ? "the replay's environment is not known"
                                                    : "the record has no environment");
    return check;
  }
  for (const model::EnvironmentDifference& difference : report.differences) {
    if (difference.impact != model::Impact::none) {
      check.status = CheckStatus::differs;
      check.reasons.push_back(describe(difference));
    }
  }
  if (check.status == CheckStatus::same && !recorded.environment->interpreter) {
    check.status = CheckStatus::missing;
    check.reasons.emplace_back("no interpreter was recognised");
  }
  return check;
}

std::vector<MetricCheck> check_metrics(const Run& recorded, const Run& replay,
                                       const std::vector<ToleranceRule>& rules)
{
  std::vector<MetricCheck> checks;
  for (const model::MetricDiff& pair :
       compare_metrics(recorded.metrics, replay.metrics, List::all)) {
    if (model::is_resource_metric(pair.key)) {
      continue;
    }
    const auto known = recorded.metrics.find(pair.key);
    MetricCheck check = judge_metric(pair.key, pair.a, pair.b, tolerance_for(rules, pair.key));
    if (known != recorded.metrics.end() && known->second.added_later && !pair.b) {
      check.status = MetricStatus::skipped;
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

std::vector<model::OutputCheck> check_outputs(const Run& recorded, const Run& replay)
{
  std::vector<model::OutputCheck> checks;
  for (const model::DataDiff& pair : compare_data(recorded.outputs, replay.outputs, List::all)) {
    model::OutputCheck check;
    check.path = pair.path;
    check.recorded = pair.a;
    check.replayed = pair.b;
    check.status = !pair.a || !pair.b   ? CheckStatus::missing
                   : *pair.a == *pair.b ? CheckStatus::same
                                        : CheckStatus::differs;
    checks.push_back(std::move(check));
  }
  return checks;
}

std::string describe_metric(const MetricCheck& check)
{
  const auto text = [](const std::optional<double>& value) {
    if (!value) {
      return std::string("missing");
    }
    if (std::isnan(*value)) {
      return std::string("NaN");
    }
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, *value);
    return error == std::errc{} ? std::string(buffer, end) : std::string("?");
  };
  return "metric '" + check.key + "': " + text(check.recorded) + " recorded, " +
         text(check.replayed) + " replayed";
}

struct Tally {
  std::size_t same = 0;
  std::size_t differs = 0;
  std::size_t incomparable = 0;
};

Tally tally_evidence(Reproduction& result)
{
  Tally tally;
  for (const MetricCheck& check : result.metrics) {
    switch (check.status) {
      case MetricStatus::same:
      case MetricStatus::within_tolerance:
        ++tally.same;
        break;
      case MetricStatus::differs:
        ++tally.differs;
        result.reasons.push_back(describe_metric(check));
        break;
      case MetricStatus::incomparable:
        ++tally.incomparable;
        result.reasons.push_back(describe_metric(check));
        break;
      case MetricStatus::skipped:
        break;
    }
  }
  for (const model::OutputCheck& check : result.outputs) {
    if (check.status == CheckStatus::same) {
      ++tally.same;
    } else if (check.status == CheckStatus::differs) {
      ++tally.differs;
      result.reasons.push_back("output '" + check.path + "': other content");
    } else {
      // Neither side has the path: the record itself says that nothing was written there.
      ++tally.incomparable;
      result.reasons.push_back("output '" + check.path + "': missing " +
                               (check.recorded ? "in the replay" : "in the record"));
    }
  }
  return tally;
}

LevelCheck check_evaluation(const Tally& tally)
{
  LevelCheck check{Level::evaluation, CheckStatus::same, {}};
  if (tally.differs > 0) {
    check.status = CheckStatus::differs;
    check.reasons.push_back(std::to_string(tally.differs) + " of the compared results differ");
  } else if (tally.incomparable > 0 || tally.same == 0) {
    check.status = CheckStatus::missing;
    check.reasons.emplace_back(tally.same == 0 && tally.incomparable == 0
                                   ? "no metric and no output to compare"
                                   : std::to_string(tally.incomparable) +
                                         " results can't be compared");
  }
  return check;
}

// A proof needs equal results; it reaches as far as everything below was the same, too.
Level proven_level(const Reproduction& result)
{
  Level level = Level::none;
  if (result.verdict != Verdict::reproduced) {
    return level;
  }
  for (const LevelCheck& check : result.levels) {
    if (check.status != CheckStatus::same) {
      break;
    }
    level = check.level;
  }
  return level;
}

// Strictly, numbers that came out of another environment can't be compared.
void require_environment(Reproduction& result)
{
  const auto found = std::find_if(
      result.levels.begin(), result.levels.end(),
      [](const LevelCheck& check) { return check.level == Level::environment; });
  if (result.environment.policy == model::EnvironmentPolicy::strict &&
      found->status != CheckStatus::same) {
    result.verdict = Verdict::incomparable;
    result.reasons.insert(result.reasons.begin(),
                          "the environment is not the recorded one (--env strict)");
  }
}

bool same_end(const Run& recorded, const Run& replay)
{
  return recorded.exit_code == replay.exit_code && recorded.signal == replay.signal;
}

std::string describe_end(const Run& run)
{
  if (run.signal) {
    return "signal " + std::to_string(*run.signal);
  }
  return run.exit_code ? "exit code " + std::to_string(*run.exit_code)
                       : "status " + std::string(model::to_string(run.status));
}

}  // namespace

MetricCheck judge_metric(const std::string& key, std::optional<double> recorded,
                         std::optional<double> replayed, const model::Tolerance& tolerance)
{
  MetricCheck check;
  check.key = key;
  check.recorded = recorded;
  check.replayed = replayed;
  check.tolerance = tolerance;
  if (!recorded || !replayed || std::isnan(*recorded) || std::isnan(*replayed)) {
    check.status = MetricStatus::incomparable;
    return check;
  }
  if (*recorded == *replayed) {
    check.status = MetricStatus::same;
    check.absolute = 0;
    check.relative = 0;
    return check;
  }
  check.status = MetricStatus::differs;
  if (!std::isfinite(*recorded) || !std::isfinite(*replayed)) {
    return check;
  }
  const double absolute = std::fabs(*replayed - *recorded);
  const double relative = absolute / std::fabs(*recorded);
  if (std::isfinite(absolute)) {
    check.absolute = absolute;
  }
  if (std::isfinite(relative)) {
    check.relative = relative;
  }
  if (check.absolute &&
      absolute <= tolerance.absolute + tolerance.relative * std::fabs(*recorded)) {
    check.status = MetricStatus::within_tolerance;
  }
  return check;
}

Reproduction judge(const Run& recorded, const Run& replay, const std::vector<ToleranceRule>& rules,
                   model::EnvironmentPolicy policy)
{
  Reproduction result;
  result.run = recorded.id;
  result.run_name = recorded.name;
  result.replay = replay.id;
  result.replay_name = replay.name;
  result.environment.policy = policy;
  if (policy != model::EnvironmentPolicy::ignore && recorded.environment && replay.environment) {
    result.environment.differences = rank_environment(recorded.environment, replay.environment);
  }
  result.levels = {check_code(recorded, replay), check_configuration(recorded, replay),
                   check_data(recorded, replay),
                   check_environment(recorded, replay, result.environment)};
  result.metrics = check_metrics(recorded, replay, rules);
  result.outputs = check_outputs(recorded, replay);
  if (!same_end(recorded, replay)) {
    result.verdict = Verdict::failed;
    result.reasons.push_back("the command ended with " + describe_end(replay) +
                             ", the record says " + describe_end(recorded));
    result.levels.push_back({Level::evaluation, CheckStatus::missing, {"the replay failed"}});
    return result;
  }
  const Tally tally = tally_evidence(result);
  result.levels.push_back(check_evaluation(tally));
  if (tally.differs > 0) {
    result.verdict = Verdict::differs;
  } else if (tally.incomparable > 0) {
    result.verdict = Verdict::incomparable;
  } else if (tally.same == 0) {
    result.verdict = Verdict::incomparable;
    result.reasons.emplace_back("the record has no metric and no output to compare");
  } else {
    result.verdict = Verdict::reproduced;
    result.reasons.push_back(std::to_string(tally.same) +
                             (tally.same == 1 ? " result is" : " results are") + " the same");
  }
  require_environment(result);
  for (const LevelCheck& check : result.levels) {
    if (check.status == CheckStatus::differs && check.level != Level::evaluation) {
      for (const std::string& reason : check.reasons) {
        result.reasons.push_back(std::string(model::to_string(check.level)) + ": " + reason);
      }
    }
  }
  result.proven = proven_level(result);
  return result;
}

}  // namespace mlrepro::plan
