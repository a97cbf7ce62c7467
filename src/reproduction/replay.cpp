// SPDX-License-Identifier: Apache-2.0
#include "reproduction/replay.hpp"

#include <algorithm>
#include <set>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/tracking/record_data.hpp"
#include "mlrepro/versioning/restore.hpp"

namespace mlrepro::reproduction {

using model::Error;
using model::ErrorKind;
using model::Run;
using tracking::RunRequest;

Replay::Replay(const tracking::Ports& ports, const ReproduceRequest& request, const Run& run)
    : ports_(ports), request_(request), run_(run), places_(request.scratch, run.top, run.cwd)
{
}

std::vector<std::string> Replay::obstacles() const
{
  std::vector<std::string> reasons;
  if (run_.status == model::RunStatus::running) {
    reasons.emplace_back("the run has not ended yet");
  }
  if (run_.sweep) {
    reasons.emplace_back("it is a sweep, which has no result of its own: reproduce its runs");
  }
  if (run_.command.empty()) {
    reasons.emplace_back("no command: the run is what a client logged");
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
  if (run_.trace) {
    // Whole, since the command may be given the folder and not the files that were read of it.
    for (const std::string& root : run_.trace->data_roots) {
      if (root.starts_with('/')) {
        make_folder(places_.move(root));
      }
    }
  }
  for (const model::RunData& input : run_.inputs) {
    const auto found = ports::find_snapshot(ports_.data.snapshots, *input.snapshot);
    if (!found) {
      throw Error(ErrorKind::not_found,
                  "input '" + input.path + "': its snapshot is not in the store");
    }
    if (input.path.starts_with('/')) {
      places_.move(input.path);
    } else {
      replace_links(input.path, found->root.type == model::EntryType::folder);
    }
    require_inside(input.path);
    versioning::restore(ports_.data, found->root,
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
    word = places_.moved(word);
  }
  request.name = "";
  request.experiment = run_.experiment;
  for (const auto& [key, param] : run_.params) {
    if (param.source == "flag") {
      request.params[key] = param.value;
    } else if (param.source == "sweep") {
      request.sweep_params[key] = param.value;
    }
  }
  request.param_files = param_files();
  add_data(run_.inputs, request.inputs, request);
  add_data(run_.outputs, request.outputs, request);
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
  request.empty_input = true;  // what the run was given there is not on record
  request.no_network = request_.no_network;
  request.trace = request_.trace;
  if (run_.trace && request.trace) {
    for (const std::string& root : run_.trace->data_roots) {
      request.data_roots.push_back(place_of(root));
    }
  }
  request.resources_s = request_.resources_s;
  request.timeout_s = request_.timeout_s;
  request.grace_s = request_.grace_s;
  set_variables(request);
  return request;
}

void Replay::rename_moved(Run& replay) const
{
  for (auto* list : {&replay.inputs, &replay.outputs}) {
    for (model::RunData& data : *list) {
      data.path = places_.original_of(data.path);
    }
  }
  for (auto& [key, param] : replay.params) {
    const auto twin = run_.params.find(key);
    if (twin != run_.params.end() && param.source == "argv" &&
        param.value == places_.moved_value(twin->second.value)) {
      param.value = twin->second.value;
    }
  }
}

// A file that is a link in the copy of the code is written where that leads.
void Replay::require_inside(const std::string& input) const
{
  if (!model::is_within(ports_.data.files.resolve(place_of(input)), request_.scratch)) {
    throw Error(ErrorKind::not_found,
                "data: a link in the code leads input '" + input + "' out of the replay's folder");
  }
}

// A link in the copy of the code leads out of it, to files that are not the replay's to replace:
// where an input is to be restored behind one, a folder takes its place.
void Replay::replace_links(const std::string& path, bool is_folder)
{
  std::vector<std::string> folders;
  bool linked = false;
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    folders.push_back(path.substr(0, end));
  }
  if (is_folder && path != ".") {
    folders.push_back(path);
  }
  for (const std::string& folder : folders) {
    const auto stat = ports_.data.files.stat(place_of(folder), ports::FollowLinks::no);
    linked = linked || (stat && stat->type == ports::FileType::symlink);
  }
  if (linked) {
    const auto copy = ports_.data.files.begin_restore(
        {code_folder(), ports::Existing::replace, ports::Others::keep});
    copy->add_folder("");
    for (const std::string& folder : folders) {
      copy->add_folder(folder);
    }
    copy->publish();
  }
}

// Of part of a folder the replay looks at the same files.
void Replay::add_data(const std::vector<model::RunData>& list, std::vector<std::string>& places,
                      RunRequest& request) const
{
  for (const model::RunData& data : list) {
    places.push_back(place_of(data.path));
    if (data.partial && data.snapshot && data.stored) {
      request.listed[places.back()] = tracking::list_files(ports_, *data.snapshot);
    }
  }
}

// What the command writes outside the project goes to a place of its own: what stands under the
// recorded path is not the replay's to overwrite.
void Replay::make_room(const std::string& path)
{
  if (path.starts_with('/')) {
    make_folder(plan::join_path(places_.move(path), ".."));
  }
}

void Replay::make_folder(const std::string& place)
{
  const auto folder = ports_.data.files.begin_restore({place, ports::Existing::refuse});
  folder->add_folder("");
  folder->publish();
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
  const std::string copied = plan::join_path(folder, places_.moved(word));
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

std::optional<Replayed> run_replay(const tracking::Ports& ports, const RunRequest& request)
{
  tracking::RunOutcome outcome = tracking::run_command(ports, request);
  if (outcome.process.start_error) {
    return std::nullopt;
  }
  if (outcome.process.timed_out) {
    ports.data.reporter.warn("the replay ran into --timeout, and was ended");
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
  return Replayed{std::move(*outcome.run),
                  outcome.process.timed_out ? request.timeout_s : std::nullopt};
}

}  // namespace mlrepro::reproduction
