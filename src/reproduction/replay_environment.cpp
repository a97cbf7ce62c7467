// SPDX-License-Identifier: Apache-2.0
#include "reproduction/replay_environment.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/environment_impact.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::reproduction {
namespace {

using model::EnvironmentPolicy;
using model::Impact;

constexpr std::size_t k_most_warnings = 5;

std::string describe(const model::EnvironmentDifference& difference)
{
  return "environment: " + difference.item + " was " + difference.recorded.value_or("absent") +
         ", is " + difference.replayed.value_or("absent");
}

// Recorded variables are set for the replay. And where the command is a script that starts the
// interpreter, it shows only later which one that is.
bool shows_before_start(const model::EnvironmentDifference& difference, bool knows_interpreter)
{
  const std::string& item = difference.item;
  return !item.starts_with("variable ") &&
         (knows_interpreter || !(item.starts_with("package ") || item == "interpreter"));
}

void set_variable(tracking::RunRequest& run, const std::string& name, const std::string& value)
{
  std::erase_if(run.set_variables, [&](const auto& item) { return item.first == name; });
  std::erase(run.unset_variables, name);
  run.set_variables.emplace_back(name, value);
}

}  // namespace

ReplayEnvironment::ReplayEnvironment(const tracking::Ports& ports,
                                     ports::EnvironmentBuilder& builder,
                                     const ReproduceRequest& request,
                                     const std::optional<model::Environment>& recorded)
    : ports_(ports), builder_(builder), request_(request), recorded_(recorded)
{
}

void ReplayEnvironment::prepare()
{
  if (request_.environment != EnvironmentPolicy::rebuild) {
    return;
  }
  if (!recorded_) {
    throw model::Error(model::ErrorKind::not_found,
                       "the environment can't be rebuilt: the record has none");
  }
  rebuilt_ = builder_.build(*recorded_);
  for (const std::string& gap : rebuilt_->gaps) {
    ports_.data.reporter.warn("not rebuilt: " + gap);
  }
}

// A program of the recorded environment: found through $PATH, or beside its interpreter.
std::string ReplayEnvironment::rebuilt_program() const
{
  const model::Run& run = request_.run;
  const std::string& word = run.command.front();
  const std::string name = plan::base_name(word);
  if (word.find('/') != std::string::npos) {
    const std::string folder = plan::absolute_path(run.top, run.cwd);
    const std::string path = word.starts_with('/') ? word : plan::join_path(folder, word);
    const auto interpreter = run.environment ? run.environment->interpreter : std::nullopt;
    if (!interpreter || plan::join_path(path, "..") != plan::join_path(interpreter->path, "..")) {
      return {};
    }
  }
  for (const std::string& candidate : {name, std::string("python")}) {
    const std::string path = rebuilt_->folder + "/bin/" + candidate;
    const bool stands_in = candidate == name || name.starts_with("python");
    if (stands_in && ports_.data.files.stat(path, ports::FollowLinks::yes)) {
      return path;
    }
  }
  return {};
}

void ReplayEnvironment::apply(tracking::RunRequest& run) const
{
  if (!rebuilt_) {
    return;
  }
  if (std::string program = rebuilt_program(); !program.empty()) {
    run.program = std::move(program);
  }
  set_variable(run, "PATH", rebuilt_->folder + "/bin:" + request_.search_path);
  const bool conda = rebuilt_->tool != "uv" && rebuilt_->tool != "pip";
  set_variable(run, conda ? "CONDA_PREFIX" : "VIRTUAL_ENV", rebuilt_->folder);
}

std::vector<std::string> ReplayEnvironment::look_before_start(const std::string& program) const
{
  if (!recorded_ || request_.environment == EnvironmentPolicy::ignore) {
    return {};
  }
  const auto now = ports_.probe.read({request_.run.command,
                                      program.empty() ? request_.run.program : program,
                                      request_.top,
                                      {},
                                      true});
  std::vector<model::EnvironmentDifference> differences = plan::rank_environment(recorded_, now);
  std::erase_if(differences, [&](const model::EnvironmentDifference& difference) {
    return difference.impact == Impact::none ||
           !shows_before_start(difference, now.interpreter.has_value());
  });
  if (request_.environment == EnvironmentPolicy::strict) {
    std::vector<std::string> reasons;
    for (const model::EnvironmentDifference& difference : differences) {
      reasons.push_back(describe(difference));
    }
    return reasons;
  }
  for (std::size_t i = 0; i < std::min(differences.size(), k_most_warnings); ++i) {
    ports_.data.reporter.warn(describe(differences[i]));
  }
  if (differences.size() > k_most_warnings) {
    ports_.data.reporter.warn(
        "environment: " + std::to_string(differences.size() - k_most_warnings) +
        " more differences, see the verdict");
  }
  return {};
}

}  // namespace mlrepro::reproduction
