// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/judge.hpp"

#include <algorithm>

#include "mlrepro/plan/compare_runs.hpp"
#include "mlrepro/plan/environment_impact.hpp"
#include "mlrepro/plan/flakiness.hpp"
#include "mlrepro/plan/judge_metric.hpp"
#include "mlrepro/plan/run_end.hpp"
#include "plan/check_levels.hpp"
#include "plan/check_metrics.hpp"

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

std::string joined_items(const std::vector<std::string>& items)
{
  std::string text;
  for (const std::string& item : items) {
    text += (text.empty() ? "" : ", ") + item;
  }
  return text;
}

std::string counted(std::size_t count, const std::string& singular)
{
  return std::to_string(count) + " " + singular + (count == 1 ? "" : "s");
}

struct Tally {
  std::size_t same = 0;
  std::size_t differs = 0;
  std::size_t incomparable = 0;
  std::size_t improved = 0;
  std::size_t metrics = 0;    // that are good enough
  std::size_t varies = 0;     // from replay to replay: no evidence either way
  std::size_t not_gated = 0;  // differ, which the gate does not mind
};

void count_metric(const MetricCheck& check, Reproduction& result, Tally& tally)
{
  switch (check.status) {
    case MetricStatus::same:
    case MetricStatus::within_tolerance:
    case MetricStatus::within_noise:
      ++tally.same;
      ++tally.metrics;
      return;
    case MetricStatus::improved:
      ++tally.improved;
      ++tally.metrics;
      break;
    case MetricStatus::differs:
      ++tally.differs;
      break;
    case MetricStatus::incomparable:
      ++tally.incomparable;
      break;
    case MetricStatus::skipped:
      return;
  }
  result.reasons.push_back(describe_metric(check));
}

void count_output(const model::OutputCheck& check, Reproduction& result, Tally& tally)
{
  switch (check.status) {
    case CheckStatus::same:
    case CheckStatus::same_content:
    case CheckStatus::within_tolerance:
      ++tally.same;
      return;
    case CheckStatus::differs:
      // A better model is another one. What a rule names has a limit to keep to all the same.
      ++(result.gate == model::Gate::yes && !check.ruled ? tally.not_gated : tally.differs);
      break;
    case CheckStatus::varies:
      ++tally.varies;
      break;
    case CheckStatus::missing:
      ++tally.incomparable;
      break;
    case CheckStatus::skipped:
      return;
  }
  result.reasons.push_back(describe_output(check));
}

Tally tally_evidence(Reproduction& result)
{
  Tally tally;
  for (const MetricCheck& check : result.metrics) {
    count_metric(check, result, tally);
  }
  for (const model::OutputCheck& check : result.outputs) {
    count_output(check, result, tally);
  }
  return tally;
}

LevelCheck check_evaluation(const Tally& tally)
{
  LevelCheck check{Level::evaluation, CheckStatus::same, {}};
  const std::size_t differ = tally.differs + tally.improved + tally.not_gated;
  if (differ > 0) {
    check.status = CheckStatus::differs;
    check.reasons.push_back(std::to_string(differ) + " of the compared results differ");
  } else if (tally.incomparable > 0) {
    check.status = CheckStatus::missing;
    check.reasons.push_back(std::to_string(tally.incomparable) + " results can't be compared");
  } else if (tally.varies > 0) {
    check.status = CheckStatus::missing;
    check.reasons.push_back(counted(tally.varies, "output") + " not the same in each repeat");
  } else if (tally.same == 0) {
    check.status = CheckStatus::missing;
    check.reasons.emplace_back("no metric and no output to compare");
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
  const auto found =
      std::find_if(result.levels.begin(), result.levels.end(),
                   [](const LevelCheck& check) { return check.level == Level::environment; });
  if (result.environment.policy == model::EnvironmentPolicy::strict &&
      found->status != CheckStatus::same) {
    result.verdict = Verdict::incomparable;
    result.reasons.insert(result.reasons.begin(),
                          "the environment is not the recorded one (--env strict)");
  }
}

// " in replay 2 of 5", where there are several.
std::string ordinal(std::size_t index, std::size_t count)
{
  return count == 1 ? ""
                    : " in replay " + std::to_string(index + 1) + " of " + std::to_string(count);
}

// What the trace of a replay saw it use besides what it was given.
model::Isolation find_isolation(const Run& replay)
{
  model::Isolation isolation;
  if (!replay.trace || !replay.trace->active) {
    return isolation;
  }
  isolation.traced = true;
  isolation.read = replay.trace->outside_read;
  for (const model::RunData& input : replay.inputs) {
    if (!input.declared) {
      isolation.read.push_back(input.path);
    }
  }
  isolation.connected = replay.trace->remotes;
  return isolation;
}

// The same inputs prove nothing about the data where others were read.
void doubt_data(Reproduction& result)
{
  const auto data =
      std::find_if(result.levels.begin(), result.levels.end(),
                   [](const LevelCheck& check) { return check.level == Level::data; });
  std::vector<std::string> doubts;
  for (const std::string& path : result.isolation.read) {
    doubts.push_back("the replay read '" + path + "', which is not in the record");
  }
  for (const std::string& address : result.isolation.connected) {
    doubts.push_back("the replay connected to " + address);
  }
  if (doubts.empty()) {
    return;
  }
  if (data->status == CheckStatus::same) {
    data->status = CheckStatus::missing;
  }
  data->reasons.insert(data->reasons.end(), doubts.begin(), doubts.end());
}

Reproduction begin_result(const Run& recorded, const JudgeRequest& request)
{
  const Run& first = request.replays.front().run;
  Reproduction result;
  result.run = recorded.id;
  result.run_name = recorded.name;
  result.replay = first.id;
  result.replay_name = first.name;
  for (const Repeated& replay : request.replays) {
    result.replays.push_back({replay.run.id, replay.run.name});
  }
  result.repeats = request.repeats.size();
  result.gate = request.gate;
  result.environment.policy = request.policy;
  if (request.policy != model::EnvironmentPolicy::ignore && recorded.environment &&
      first.environment) {
    result.environment.differences = rank_environment(recorded.environment, first.environment);
  }
  result.isolation = find_isolation(first);
  result.isolation.no_network = request.no_network;
  result.levels = check_levels(recorded, first, result.environment);
  doubt_data(result);
  result.metrics = check_metrics(recorded, request);
  result.outputs = fold_outputs(request);
  result.deterministic = is_deterministic(result.metrics, request);
  return result;
}

void conclude(const Tally& tally, Reproduction& result)
{
  if (tally.differs > 0) {
    result.verdict = Verdict::differs;
  } else if (tally.incomparable > 0) {
    result.verdict = Verdict::incomparable;
  } else if (tally.not_gated > 0 && tally.metrics == 0) {
    result.verdict = Verdict::incomparable;
    result.reasons.emplace_back("no metric says whether the other output is as good");
  } else if (tally.improved + tally.not_gated > 0) {
    result.verdict = Verdict::passed;
    result.reasons.insert(result.reasons.begin(),
                          "not reproduced, but no worse: that is enough for --gate");
  } else if (tally.same == 0) {
    result.verdict = Verdict::incomparable;
    result.reasons.emplace_back(tally.varies > 0
                                    ? "nothing else was recorded that could be compared"
                                    : "the record has no metric and no output to compare");
  } else {
    result.verdict = Verdict::reproduced;
    std::vector<std::string> lines = {counted(tally.same, "result") +
                                      (tally.same == 1 ? " is" : " are") + " the same"};
    for (const MetricCheck& check : result.metrics) {
      if (check.status == MetricStatus::within_noise) {
        lines.push_back(describe_metric(check));
      }
    }
    for (const model::OutputCheck& check : result.outputs) {
      if (check.status == CheckStatus::same_content ||
          check.status == CheckStatus::within_tolerance) {
        lines.push_back(describe_output(check));
      }
    }
    result.reasons.insert(result.reasons.begin(), lines.begin(), lines.end());
  }
}

bool uses_more(const model::Isolation& isolation)
{
  return !isolation.read.empty() || !isolation.connected.empty();
}

void add_level_reasons(Reproduction& result)
{
  for (const LevelCheck& check : result.levels) {
    // What is missing in a record is no news; what a replay used beyond it is.
    const bool is_news = check.status == CheckStatus::differs ||
                         (check.level == Level::data && uses_more(result.isolation));
    if (is_news && check.level != Level::evaluation) {
      for (const std::string& reason : check.reasons) {
        result.reasons.push_back(std::string(model::to_string(check.level)) + ": " + reason);
      }
    }
  }
}

}  // namespace

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

std::string describe_output(const model::OutputCheck& check)
{
  const std::string text = "output '" + check.path + "': ";
  if (check.status == CheckStatus::missing) {
    // Neither side has the path: the record itself says that nothing was written there.
    return text + "missing " + (check.recorded ? "in the replay" : "in the record");
  }
  if (check.status == CheckStatus::same_content) {
    return text + "the same content; not counted: " + joined_items(check.ignored);
  }
  const std::string more =
      check.files_not_the_same > 1
          ? " (" + std::to_string(check.files_not_the_same) + " files are not the same)"
          : "";
  return text + (check.reasons.empty() ? "other content" : check.reasons.front()) + more;
}

Reproduction judge(const Run& recorded, const Run& replay, const std::vector<ToleranceRule>& rules,
                   model::EnvironmentPolicy policy)
{
  JudgeRequest request;
  request.replays = {{replay, check_outputs(recorded, replay), {}}};
  request.rules = rules;
  request.policy = policy;
  return judge(recorded, request);
}

Reproduction judge(const Run& recorded, const JudgeRequest& request)
{
  Reproduction result = begin_result(recorded, request);
  for (std::size_t i = 0; i < request.replays.size(); ++i) {
    const Run& replay = request.replays[i].run;
    const auto timeout_s = request.replays[i].timeout_s;
    if (timeout_s || !same_end(recorded, replay)) {
      result.verdict = Verdict::failed;
      result.timed_out = timeout_s.has_value();
      result.reasons.push_back(
          describe_other_end(recorded, replay, timeout_s, ordinal(i, request.replays.size())));
      result.levels.push_back({Level::evaluation, CheckStatus::missing, {"the replay failed"}});
      return result;
    }
  }
  const Tally tally = tally_evidence(result);
  result.levels.push_back(check_evaluation(tally));
  conclude(tally, result);
  if (result.deterministic == false) {
    result.causes = likely_causes(recorded);
  }
  require_environment(result);
  add_level_reasons(result);
  result.proven = proven_level(result);
  return result;
}

}  // namespace mlrepro::plan
