// SPDX-License-Identifier: Apache-2.0
#include "plan/check_levels.hpp"

#include <algorithm>

#include "mlrepro/plan/compare_runs.hpp"

namespace mlrepro::plan {
namespace {

using model::CheckStatus;
using model::Level;
using model::LevelCheck;
using model::Run;

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

}  // namespace

std::vector<LevelCheck> check_levels(const Run& recorded, const Run& replay,
                                     const model::EnvironmentReport& environment)
{
  return {check_code(recorded, replay), check_configuration(recorded, replay),
          check_data(recorded, replay), check_environment(recorded, replay, environment)};
}

}  // namespace mlrepro::plan
