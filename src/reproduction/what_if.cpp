// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/reproduction/what_if.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/plan/argv_parameters.hpp"
#include "mlrepro/plan/compare_runs.hpp"
#include "mlrepro/plan/run_end.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "reproduction/parameter_edit.hpp"
#include "reproduction/replay.hpp"
#include "reproduction/replay_environment.hpp"

namespace mlrepro::reproduction {
namespace {

using model::Error;
using model::ErrorKind;
using model::Run;

std::string short_name(const std::optional<model::Digest>& digest)
{
  constexpr std::size_t k_digits = 12;
  return digest ? digest->hex().substr(0, k_digits) : "(none)";
}

// A recorded run with the changes in it, and the list of what they did.
class ChangedRun {
 public:
  ChangedRun(const tracking::Ports& ports, const Run& original) : ports_(ports), run_(original) {}

  // Throws Error{not_found} for what the run does not have, Error{usage} for what can't be changed.
  void apply(const Changes& changes)
  {
    if (changes.code) {
      note("code", run_.code.commit.empty() ? short_name(run_.code.digest) : run_.code.commit,
           changes.code_name);
      run_.code = *changes.code;
    }
    if (changes.environment) {
      note("environment", short_name(run_.environment_digest), changes.environment_name);
      run_.environment = changes.environment;
    }
    for (const auto& [path, snapshot] : changes.inputs) {
      set_input(path, snapshot);
    }
    for (const auto& [key, value] : changes.parameters) {
      set_parameter(key, value);
    }
  }

  [[nodiscard]] const Run& run() const { return run_; }
  [[nodiscard]] const std::vector<model::Change>& changes() const { return changes_; }

 private:
  void note(std::string what, std::string from, std::string to)
  {
    changes_.push_back({std::move(what), std::move(from), std::move(to)});
  }

  void set_input(const std::string& path, const model::Digest& snapshot)
  {
    const auto input = std::find_if(run_.inputs.begin(), run_.inputs.end(),
                                    [&](const model::RunData& data) { return data.path == path; });
    if (input == run_.inputs.end()) {
      std::vector<std::string> paths;
      for (const model::RunData& data : run_.inputs) {
        paths.push_back(data.path);
      }
      throw Error(ErrorKind::not_found, "run '" + run_.name + "' has no input '" + path + "'",
                  plan::did_you_mean(path, paths));
    }
    note("input " + path, short_name(input->snapshot), short_name(snapshot));
    input->snapshot = snapshot;
    input->stored = true;
  }

  void set_parameter(const std::string& key, const std::string& value)
  {
    const auto entry = run_.params.find(key);
    if (entry == run_.params.end()) {
      set_variable(key, value);
      return;
    }
    model::Parameter& parameter = entry->second;
    // A sweep's parameter mostly stands in the command under its own name.
    const bool in_command = parameter.source == "argv" ||
                            (parameter.source == "sweep" &&
                             plan::with_argv_parameter(run_.command, key, value).has_value());
    if (in_command) {
      auto command = plan::with_argv_parameter(run_.command, key, value);
      if (!command) {
        throw Error(ErrorKind::usage,
                    "parameter '" + key + "' is a switch of the command: it is true or false");
      }
      run_.command = std::move(*command);
    } else if (parameter.source.starts_with(k_file_source)) {
      refuse_input(parameter.source.substr(k_file_source.size()), key);
      run_.code.digest =
          with_file_parameter(ports_, run_.code.digest.value(), parameter.source, key, value);
      run_.code.dirty = true;
    } else {
      throw Error(ErrorKind::usage,
                  "parameter '" + key + "' of run '" + run_.name + "' was only noted (source: " +
                      parameter.source + "): there is nothing to change for the command",
                  "--set changes what came from the command line, from a parameter file or from a "
                  "recorded variable");
    }
    note("parameter " + key, parameter.value, value);
    parameter.value = value;
  }

  void refuse_input(const std::string& file, const std::string& key)
  {
    const bool is_input =
        std::any_of(run_.inputs.begin(), run_.inputs.end(),
                    [&](const model::RunData& data) { return model::is_within(file, data.path); });
    if (is_input) {
      throw Error(ErrorKind::usage, "parameter '" + key + "' came from the input '" + file + "'",
                  "take a snapshot of a changed one and give it with --with");
    }
  }

  void set_variable(const std::string& name, const std::string& value)
  {
    if (run_.environment && run_.environment->variables.contains(name)) {
      std::string& variable = run_.environment->variables[name];
      note("variable " + name, variable, value);
      variable = value;
      return;
    }
    std::vector<std::string> names;
    for (const auto& [key, parameter] : run_.params) {
      names.push_back(key);
    }
    if (run_.environment) {
      for (const auto& [variable, old] : run_.environment->variables) {
        names.push_back(variable);
      }
    }
    throw Error(ErrorKind::not_found,
                "run '" + run_.name + "' has no parameter or variable '" + name + "'",
                plan::did_you_mean(name, names));
  }

  const tracking::Ports& ports_;
  Run run_;
  std::vector<model::Change> changes_;
};

std::string note_of(const Run& original, const std::vector<model::Change>& changes)
{
  std::string text = "what if, of " + original.name + ":";
  for (const model::Change& change : changes) {
    text +=
        (text.ends_with(':') ? " " : "; ") + change.what + " " + change.from + " -> " + change.to;
  }
  return text;
}

model::WhatIf blocked(model::WhatIf result, std::vector<std::string> reasons)
{
  result.outcome = model::ReplayOutcome::blocked;
  result.reasons = std::move(reasons);
  return result;
}

}  // namespace

model::WhatIf what_if(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                      const ReproduceRequest& request, const Changes& changes)
{
  const model::Timestamp started = ports.data.clock.now();
  model::WhatIf result;
  result.run = request.run.id;
  result.run_name = request.run.name;
  if (auto reasons = Replay(ports, request, request.run).obstacles(); !reasons.empty()) {
    return blocked(std::move(result), std::move(reasons));
  }
  // What is made for the replay is named by its record only when that is written.
  auto hold = ports.data.objects.hold();
  ChangedRun changed(ports, request.run);
  ReproduceRequest asked = request;
  if (changes.environment) {
    asked.environment = model::EnvironmentPolicy::rebuild;
  }
  Replay replay(ports, asked, changed.run());
  ReplayEnvironment environment(ports, builder, asked, changed.run().environment);
  try {
    changed.apply(changes);
    result.changes = changed.changes();
    replay.restore();
    environment.prepare();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::external &&
        error.kind() != ErrorKind::usage) {
      throw;
    }
    return blocked(std::move(result), {error.message()});
  }
  tracking::RunRequest run_request = replay.run_request();
  environment.apply(run_request);
  run_request.note = note_of(request.run, result.changes);
  if (auto reasons = environment.look_before_start(run_request.program); !reasons.empty()) {
    return blocked(std::move(result), std::move(reasons));
  }
  hold.reset();
  auto replayed = run_replay(ports, run_request);
  if (!replayed) {
    return blocked(std::move(result),
                   {"the command '" + request.run.command.front() + "' is not there to be run"});
  }
  Run& run = replayed->run;
  replay.rename_moved(run);
  result.replay = run.id;
  result.replay_name = run.name;
  const bool same_end = !replayed->timeout_s && plan::same_end(request.run, run);
  result.outcome = same_end ? model::ReplayOutcome::ended : model::ReplayOutcome::failed;
  if (!same_end) {
    result.reasons.push_back(plan::describe_other_end(request.run, run, replayed->timeout_s));
  }
  result.metrics = plan::compare_metrics(request.run.metrics, run.metrics, plan::List::all);
  std::erase_if(result.metrics, [](const model::MetricDiff& metric) {
    return model::is_resource_metric(metric.key);  // they never come out alike, and are no result
  });
  result.outputs = plan::compare_data(request.run.outputs, run.outputs, plan::List::all);
  result.duration_s = model::seconds_between(started, ports.data.clock.now());
  return result;
}

}  // namespace mlrepro::reproduction
