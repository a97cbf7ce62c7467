// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/levels.hpp"

#include <algorithm>
#include <optional>

#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/plan/scrub.hpp"

namespace mlrepro::plan {
namespace {

using model::Level;
using model::Run;

std::optional<std::string> lacks_code(const Run& run)
{
  if (run.command.empty()) {
    return "no command is recorded";
  }
  if (!run.code.digest) {
    return run.code.in_git ? "the working tree was not captured"
                           : "not a Git repository, so the code was not captured (git init)";
  }
  if (!run.code.omitted.empty()) {
    return "'" + run.code.omitted.front().path +
           "' was not stored: " + run.code.omitted.front().reason;
  }
  if (run.status == model::RunStatus::lost) {
    return "how the command ended is not known";
  }
  if (run.exit_code != 0) {
    return "the command did not end with exit code 0";
  }
  return std::nullopt;
}

std::optional<std::string> lacks_configuration(const Run& run)
{
  if (run.keep < Level::configuration) {
    return "left out by --level " + std::string(model::to_string(run.keep));
  }
  if (std::any_of(run.command.begin(), run.command.end(), is_scrubbed)) {
    return "the command line held a secret, which is not kept";
  }
  return std::nullopt;
}

std::optional<std::string> lacks_data(const Run& run)
{
  if (run.trace && !run.trace->outside_read.empty()) {
    return "'" + run.trace->outside_read.front() +
           "' was read outside of the project and is not recorded (run -i PATH)";
  }
  if (run.inputs.empty()) {
    return run.trace && run.trace->active ? "no input is declared, and the trace found none"
                                          : "no input is declared (run -i PATH)";
  }
  for (const model::RunData& input : run.inputs) {
    if (!input.snapshot) {
      return "input '" + input.path + "' was not there";
    }
    if (!input.stored) {
      return "input '" + input.path + "' is known by its digest only, its content is not stored";
    }
    if (input.changed_during_run) {
      return "input '" + input.path + "' changed during the run";
    }
  }
  return std::nullopt;
}

std::optional<std::string> lacks_environment(const Run& run)
{
  if (!run.environment) {
    return "the environment was not recorded";
  }
  if (!run.environment->interpreter) {
    return "no interpreter was recognised";
  }
  if (run.environment->interpreter->version.empty()) {
    return "the interpreter's version is not known";
  }
  if (run.keep < Level::environment) {
    return "left out by --level " + std::string(model::to_string(run.keep));
  }
  return std::nullopt;
}

std::optional<std::string> lacks_evaluation(const Run& run)
{
  const bool has_metric = std::any_of(run.metrics.begin(), run.metrics.end(), [](const auto& item) {
    return !item.second.added_later && !model::is_resource_metric(item.first);
  });
  const bool has_output =
      std::any_of(run.outputs.begin(), run.outputs.end(),
                  [](const model::RunData& data) { return data.snapshot.has_value(); });
  if (!has_metric && !has_output) {
    return "no metric and no output (log metric, run -m FILE, run -o PATH)";
  }
  return std::nullopt;
}

}  // namespace

RecordedLevel recorded_level(const Run& run)
{
  struct Step {
    Level level;
    std::optional<std::string> (*lacks)(const Run&);
  };
  const Step steps[] = {{Level::code, lacks_code},
                        {Level::configuration, lacks_configuration},
                        {Level::data, lacks_data},
                        {Level::environment, lacks_environment},
                        {Level::evaluation, lacks_evaluation}};
  RecordedLevel result;
  for (const Step& step : steps) {
    if (const auto reason = step.lacks(run)) {
      result.missing.push_back(std::string(model::to_string(step.level)) + ": " + *reason);
    } else if (result.missing.empty()) {
      result.level = step.level;
    }
  }
  return result;
}

}  // namespace mlrepro::plan
