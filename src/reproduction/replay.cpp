// SPDX-License-Identifier: Apache-2.0
#include "reproduction/replay.hpp"

#include <algorithm>
#include <set>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/versioning/restore.hpp"

namespace mlrepro::reproduction {

using model::Error;
using model::ErrorKind;
using model::Run;
using tracking::RunRequest;

Replay::Replay(const tracking::Ports& ports, const ReproduceRequest& request, const Run& run)
    : ports_(ports), request_(request), run_(run)
{
}

std::vector<std::string> Replay::obstacles() const
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
  if (std::any_of(run_.command.begin(), run_.command.end(), plan::is_scrubbed)) {
    reasons.emplace_back("configuration: the command line held a secret, which is not kept");
  }
  return reasons;
}

void Replay::restore()
{
  model::TreeEntry code;
  code.type = model::EntryType::folder;
  code.digest = *run_.code.digest;
  versioning::restore(ports_.data, code, {code_folder(), {}, ports::Existing::refuse});
  for (const model::RunData& input : run_.inputs) {
    const auto found = ports_.data.snapshots.list({input.snapshot->hex(), "", 1});
    if (found.empty()) {
      throw Error(ErrorKind::not_found,
                  "input '" + input.path + "': its snapshot is not in the store");
    }
    if (input.path.starts_with('/')) {
      moved_[input.path] = next_place(input.path);
    }
    versioning::restore(ports_.data, found.front().root,
                        {place_of(input.path), {}, ports::Existing::replace});
  }
  for (const model::RunData& output : run_.outputs) {
    make_room(output.path);
  }
  for (const std::string& file : run_.metric_files) {
    make_room(file);
  }
}

RunRequest Replay::run_request() const
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
    request.inputs.push_back(place_of(input.path));
  }
  for (const model::RunData& output : run_.outputs) {
    request.outputs.push_back(place_of(output.path));
  }
  for (const std::string& file : run_.metric_files) {
    request.metric_files.push_back(place_of(file));
  }
  request.scalars = run_.scalars;
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

void Replay::rename_moved(Run& replay) const
{
  for (auto* list : {&replay.inputs, &replay.outputs}) {
    for (model::RunData& data : *list) {
      data.path = original_of(data.path);
    }
  }
  for (auto& [key, param] : replay.params) {
    const auto twin = run_.params.find(key);
    if (twin != run_.params.end() && param.source == "argv" &&
        param.value == moved_value(twin->second.value)) {
      param.value = twin->second.value;
    }
  }
}

std::string Replay::next_place(const std::string& path)
{
  return request_.scratch + "/outside/" + std::to_string(++outside_) + "/" + plan::base_name(path);
}

// What the command writes outside the project goes to a place of its own: what stands under the
// recorded path is not the replay's to overwrite.
void Replay::make_room(const std::string& path)
{
  if (!path.starts_with('/') || moved_path(path) != path) {
    return;
  }
  const std::string place = next_place(path);
  const auto folder =
      ports_.data.files.begin_restore({plan::join_path(place, ".."), ports::Existing::refuse});
  folder->add_folder("");
  folder->publish();
  moved_[path] = place;
}

std::string Replay::place_of(const std::string& recorded) const
{
  return recorded.starts_with('/') ? moved_path(recorded)
                                   : plan::absolute_path(code_folder(), recorded);
}

// Of an absolute path. The longest one that has moved counts: reverse order meets it first.
std::string Replay::moved_path(const std::string& path) const
{
  for (auto item = moved_.rbegin(); item != moved_.rend(); ++item) {
    if (model::is_within(path, item->first)) {
      return item->second + path.substr(item->first.size());
    }
  }
  const bool in_project = run_.top.size() > 1 && model::is_within(path, run_.top);
  return in_project ? code_folder() + path.substr(run_.top.size()) : path;
}

std::string Replay::original_of(const std::string& path) const
{
  for (const auto& [from, to] : moved_) {
    if (model::is_within(path, to)) {
      return from + path.substr(to.size());
    }
  }
  return path;
}

// An argument that is a path: absolute, or one that leads out of the recorded project. Other
// relative ones mean the same in the copy.
std::string Replay::moved_value(const std::string& value) const
{
  if (value.starts_with('/')) {
    return moved_path(value);
  }
  if (value == ".." || value.starts_with("../")) {
    const std::string path = plan::join_path(plan::absolute_path(run_.top, run_.cwd), value);
    return model::is_within(path, run_.top) || moved_path(path) == path ? value : moved_path(path);
  }
  return value;
}

// The same for "--name=PATH".
std::string Replay::moved(const std::string& word) const
{
  const std::size_t equals = word.starts_with('/') ? std::string::npos : word.find('=');
  return equals == std::string::npos
             ? moved_value(word)
             : word.substr(0, equals + 1) + moved_value(word.substr(equals + 1));
}

std::vector<std::string> Replay::param_files() const
{
  std::set<std::string> files;
  for (const auto& [key, param] : run_.params) {
    if (param.source.starts_with("file:")) {
      files.insert(place_of(param.source.substr(5)));
    }
  }
  return {files.begin(), files.end()};
}

// A program inside the project that Git ignores, such as a virtual environment's interpreter,
// is not in the scratch copy: the project's own is used.
std::string Replay::program() const
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
void Replay::set_variables(RunRequest& request) const
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

std::optional<Run> run_replay(const tracking::Ports& ports, const RunRequest& request)
{
  tracking::RunOutcome outcome = tracking::run_command(ports, request);
  if (outcome.process.start_error) {
    return std::nullopt;
  }
  if (!outcome.run) {
    throw Error(ErrorKind::io, "the replay could not be recorded, so that there is no verdict",
                "remove the cause that is named above, then reproduce again");
  }
  if (outcome.failure) {
    throw Error(ErrorKind::io,
                "the replay is not fully recorded, so that there is no verdict: " +
                    outcome.failure->message(),
                outcome.failure->hint());
  }
  return std::move(outcome.run);
}

}  // namespace mlrepro::reproduction
