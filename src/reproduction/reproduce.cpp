// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/reproduction/reproduce.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/compare_runs.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/versioning/restore.hpp"

namespace mlrepro::reproduction {
namespace {

using model::Error;
using model::ErrorKind;
using model::Run;
using tracking::RunRequest;

class Replay {
 public:
  Replay(const tracking::Ports& ports, const ReproduceRequest& request)
      : ports_(ports), request_(request), run_(request.run)
  {
  }

  // Why a replay is out of the question; empty: it is not.
  [[nodiscard]] std::vector<std::string> obstacles() const
  {
    std::vector<std::string> reasons;
    if (run_.status == model::RunStatus::running) {
      reasons.emplace_back("the run has not ended yet");
    }
    if (!run_.code.digest) {
      reasons.emplace_back("code: the record has no code (the run was not in a Git repository)");
    }
    for (const model::RunData& input : run_.inputs) {
      if (!input.snapshot || !input.stored) {
        reasons.push_back("data: the content of input '" + input.path + "' is not stored");
      }
    }
    const bool scrubbed = std::any_of(
        run_.command.begin(), run_.command.end(),
        [](const std::string& word) { return word.find(plan::k_scrubbed) != std::string::npos; });
    if (scrubbed) {
      reasons.emplace_back("configuration: the command line held a secret, which is not kept");
    }
    return reasons;
  }

  // The code and the inputs, at the places where the command expects them.
  void restore()
  {
    model::TreeEntry code;
    code.type = model::EntryType::folder;
    code.digest = *run_.code.digest;
    versioning::restore(ports_.data, code, {code_folder(), {}, ports::Existing::refuse});
    std::size_t outside = 0;
    for (const model::RunData& input : run_.inputs) {
      const auto found = ports_.data.snapshots.list({input.snapshot->hex(), "", 1});
      if (found.empty()) {
        throw Error(ErrorKind::not_found,
                    "input '" + input.path + "': its snapshot is not in the store");
      }
      std::string target = plan::absolute_path(code_folder(), input.path);
      if (input.path.starts_with('/')) {
        target = request_.scratch + "/outside/" + std::to_string(++outside) + "/" +
                 plan::base_name(input.path);
        moved_[input.path] = target;
      }
      versioning::restore(ports_.data, found.front().root, {target, {}, ports::Existing::replace});
    }
  }

  [[nodiscard]] RunRequest run_request() const
  {
    RunRequest request;
    request.top = code_folder();
    request.cwd = plan::absolute_path(code_folder(), run_.cwd);
    request.store = request_.store;
    request.command = run_.command;
    for (std::string& word : request.command) {
      word = moved(word);
    }
    request.name = "";
    request.experiment = run_.experiment;
    for (const auto& [key, param] : run_.params) {
      if (param.source == "flag") {
        request.params[key] = param.value;
      }
    }
    request.param_files = param_files();
    for (const model::RunData& input : run_.inputs) {
      request.inputs.push_back(from_cwd(moved_input(input.path)));
    }
    for (const model::RunData& output : run_.outputs) {
      request.outputs.push_back(from_cwd(output.path));
    }
    for (const std::string& file : run_.metric_files) {
      request.metric_files.push_back(from_cwd(file));
    }
    request.user = request_.user;
    request.host = request_.host;
    request.seed = run_.seed;
    request.code = run_.code;
    request.parent = run_.id;
    request.strict = tracking::Strict::yes;
    request.program = program();
    request.discard_output = !request_.show_output;
    request.timeout_s = request_.timeout_s;
    request.grace_s = request_.grace_s;
    set_variables(request);
    return request;
  }

  [[nodiscard]] const std::map<std::string, std::string>& moved_inputs() const { return moved_; }
  [[nodiscard]] std::string code_folder() const { return request_.scratch + "/code"; }

 private:
  [[nodiscard]] std::string moved_input(const std::string& path) const
  {
    const auto found = moved_.find(path);
    return found == moved_.end() ? path : found->second;
  }

  // Recorded paths are relative to the top; absolute ones do not care about the folder.
  [[nodiscard]] std::string from_cwd(const std::string& recorded) const
  {
    return plan::absolute_path(code_folder(), recorded);
  }

  // An argument that names an absolute path of the recorded project means the scratch copy.
  [[nodiscard]] std::string moved(const std::string& word) const
  {
    std::string result = word;
    const auto replace = [&](const std::string& from, const std::string& to) {
      const std::size_t at = result.find(from);
      const bool starts = at != std::string::npos && (at == 0 || result[at - 1] == '=');
      const std::size_t end = at + from.size();
      if (starts && (end >= result.size() || result[end] == '/')) {
        result.replace(at, from.size(), to);
      }
    };
    for (const auto& [from, to] : moved_) {
      replace(from, to);
    }
    if (result == word && run_.top.size() > 1) {
      replace(run_.top, code_folder());
    }
    return result;
  }

  [[nodiscard]] std::vector<std::string> param_files() const
  {
    std::set<std::string> files;
    for (const auto& [key, param] : run_.params) {
      if (param.source.starts_with("file:")) {
        files.insert(from_cwd(param.source.substr(5)));
      }
    }
    return {files.begin(), files.end()};
  }

  // A program inside the project that Git ignores, such as a virtual environment's interpreter,
  // is not in the scratch copy: the project's own is used.
  [[nodiscard]] std::string program() const
  {
    const std::string& word = run_.command.front();
    if (word.find('/') == std::string::npos) {
      return {};
    }
    const std::string folder = plan::absolute_path(code_folder(), run_.cwd);
    const std::string copied = plan::join_path(folder, moved(word));
    if (ports_.data.files.stat(copied, ports::FollowLinks::yes)) {
      return copied;
    }
    for (const std::string& top : {request_.top, run_.top}) {
      const std::string own =
          word.starts_with('/') ? word : plan::join_path(plan::absolute_path(top, run_.cwd), word);
      if (ports_.data.files.stat(own, ports::FollowLinks::yes)) {
        return own;
      }
    }
    return {};
  }

  // What was recorded is set, and what is recorded only now was not there then.
  void set_variables(RunRequest& request) const
  {
    if (!run_.environment) {
      return;
    }
    const auto now = ports_.probe.read({run_.command, run_.program, request_.top, {}, false});
    for (const auto& [name, value] : run_.environment->variables) {
      if (value != plan::k_scrubbed) {
        request.set_variables.emplace_back(name, value);
      }
      request.extra_variables.push_back(name);
    }
    for (const auto& [name, value] : now.variables) {
      if (!run_.environment->variables.contains(name)) {
        request.unset_variables.push_back(name);
      }
    }
  }

  const tracking::Ports& ports_;
  const ReproduceRequest& request_;
  const Run& run_;
  std::map<std::string, std::string> moved_;
};

// So that the judge compares like with like: the replay's paths under the names of the record.
void rename_moved(Run& replay, const Run& recorded, const std::map<std::string, std::string>& moved)
{
  for (model::RunData& input : replay.inputs) {
    for (const auto& [original, target] : moved) {
      if (input.path == target) {
        input.path = original;
      }
    }
  }
  for (auto& [key, param] : replay.params) {
    const auto twin = recorded.params.find(key);
    if (twin == recorded.params.end() || param.source != "argv") {
      continue;
    }
    for (const auto& [original, target] : moved) {
      if (param.value == target) {
        param.value = original;
      }
    }
  }
}

model::Reproduction blocked(const Run& run, std::vector<std::string> reasons)
{
  model::Reproduction result;
  result.run = run.id;
  result.run_name = run.name;
  result.verdict = model::Verdict::blocked;
  result.reasons = std::move(reasons);
  for (const model::Level level :
       {model::Level::code, model::Level::configuration, model::Level::data,
        model::Level::environment, model::Level::evaluation}) {
    result.levels.push_back({level, model::CheckStatus::skipped, {}});
  }
  return result;
}

void warn_of_environment(const tracking::Ports& ports, const ReproduceRequest& request,
                         const std::string& program)
{
  if (!request.run.environment) {
    return;
  }
  const auto now = ports.probe.read({request.run.command,
                                     program.empty() ? request.run.program : program,
                                     request.top,
                                     {},
                                     true});
  std::size_t shown = 0;
  const auto diffs =
      plan::compare_environments(request.run.environment, now, plan::List::differences);
  for (const model::ItemDiff& item : diffs) {
    const bool matters = item.item.starts_with("package ") || item.item == "interpreter" ||
                         item.item == "cpu" || item.item == "threads";
    if (matters && ++shown <= 5) {
      ports.data.reporter.warn("environment: " + item.item + " was " + item.a.value_or("absent") +
                               ", is " + item.b.value_or("absent"));
    }
  }
  if (shown > 5) {
    ports.data.reporter.warn("environment: " + std::to_string(shown - 5) + " more differences");
  }
}

}  // namespace

model::Reproduction reproduce(const tracking::Ports& ports, const ReproduceRequest& request)
{
  const model::Timestamp started = ports.data.clock.now();
  Replay replay(ports, request);
  if (auto reasons = replay.obstacles(); !reasons.empty()) {
    return blocked(request.run, std::move(reasons));
  }
  try {
    replay.restore();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) {
      throw;
    }
    return blocked(request.run, {error.message()});
  }
  const RunRequest run_request = replay.run_request();
  warn_of_environment(ports, request, run_request.program);
  tracking::RunOutcome outcome = tracking::run_command(ports, run_request);
  if (!outcome.run) {
    return blocked(request.run,
                   {outcome.process.start_error
                        ? "the command '" + request.run.command.front() + "' is not there to be run"
                        : "the replay could not be recorded"});
  }
  rename_moved(*outcome.run, request.run, replay.moved_inputs());
  model::Reproduction result = plan::judge(request.run, *outcome.run, request.tolerances);
  result.duration_s = model::seconds_between(started, ports.data.clock.now());
  ports.runs.record_proof({request.run.id, outcome.run->id, result.proven,
                           std::string(model::to_string(result.verdict)), ports.data.clock.now()});
  return result;
}

}  // namespace mlrepro::reproduction
