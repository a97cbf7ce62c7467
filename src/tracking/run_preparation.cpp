// SPDX-License-Identifier: Apache-2.0
#include "tracking/run_preparation.hpp"

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/parameter_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/argv_parameters.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/tracking/capture_code.hpp"
#include "mlrepro/tracking/record_data.hpp"

namespace mlrepro::tracking {

using model::Error;
using model::ErrorKind;
using model::Level;
using model::Run;

ports::ProbeRequest probe_request(const RunRequest& request, const std::string& program,
                                  bool packages)
{
  return {request.command,
          program,
          request.cwd,
          request.extra_variables,
          packages && request.keep >= Level::environment,
          request.set_variables,
          request.unset_variables};
}

void RunPreparation::check_request()
{
  for (const std::string& input : request_.inputs) {
    require_there("input", input);
  }
  for (const std::string& root : request_.data_roots) {
    require_there("data root", root);
  }
  run_.command = request_.command;
  run_.params = collect_params();
}

Run RunPreparation::prepare(const std::string& program)
{
  run_.id = request_.id ? *request_.id : model::RunId::from_bytes(ports_.data.clock.random_bytes());
  run_.name = request_.name.empty() ? model::default_run_name(run_.id) : request_.name;
  run_.experiment = request_.experiment;
  run_.cwd = plan::recorded_path(request_.top, request_.cwd);
  run_.top = request_.top;
  run_.user = request_.user;
  run_.host = request_.host;
  run_.tags = request_.tags;
  run_.note = request_.note;
  run_.keep = request_.keep;
  run_.seed = request_.seed;
  run_.parent = request_.parent;
  run_.trace = plan_trace();
  run_.sweep_item = request_.sweep_item;
  run_.code = request_.code ? *request_.code : capture();
  run_.inputs = take_inputs();
  for (const std::string& output : request_.outputs) {
    model::RunData data;
    data.path = recorded(output);
    data.partial = request_.listed.contains(output);
    run_.outputs.push_back(std::move(data));
  }
  for (const std::string& file : request_.metric_files) {
    run_.metric_files.push_back(recorded(file));
  }
  run_.scalars = request_.capture_output ? request_.scalars : model::ScalarRules();
  run_.command = without_secrets(request_.command);
  run_.program = program;
  run_.environment = read_environment(program);
  return run_;
}

// A sweep's value may stand anywhere in the command; the name of its parameter tells that it is a
// secret.
std::vector<std::string> RunPreparation::without_secrets(std::vector<std::string> command) const
{
  for (const auto& [key, value] : request_.sweep_params) {
    if (!plan::is_secret_name(key)) {
      continue;
    }
    for (std::string& word : command) {
      for (std::size_t at = word.find(value); at != std::string::npos;
           at = word.find(value, at + plan::k_scrubbed.size())) {
        word.replace(at, value.size(), plan::k_scrubbed);
      }
    }
  }
  return plan::scrub_command(command);
}

std::string RunPreparation::recorded(const std::string& path) const
{
  return plan::recorded_path(request_.top, plan::join_path(request_.cwd, path));
}

void RunPreparation::require_there(const std::string& what, const std::string& word) const
{
  const std::string path = plan::join_path(request_.cwd, word);
  if (!ports_.data.files.stat(path, ports::FollowLinks::yes)) {
    throw Error(ErrorKind::not_found, what + " '" + word + "': nothing there", near_name(path));
  }
}

std::string RunPreparation::near_name(const std::string& path) const
{
  const std::string folder = plan::join_path(path, "..");
  std::vector<std::string> names;
  try {
    const auto opened = ports_.data.files.open_folder(folder);
    names.assign(opened->names().begin(), opened->names().end());
  } catch (const Error&) {
    return {};
  }
  return plan::did_you_mean(plan::base_name(path), names);
}

std::map<std::string, model::Parameter> RunPreparation::collect_params()
{
  std::map<std::string, model::Parameter> params;
  for (const std::string& word : request_.param_files) {
    const auto [file, subtree] = split_file(word);
    const std::string path = ports_.data.files.resolve(plan::join_path(request_.cwd, file));
    require_there("parameter file", file);
    const std::string text = ports::read_file(ports_.data.files, path);
    for (auto& [key, value] : format::parse_parameters(file, text, subtree)) {
      params[key] = {value, "file:" + recorded(file) + (subtree.empty() ? "" : ":" + subtree)};
    }
  }
  for (auto& [key, value] : plan::find_argv_parameters(request_.command)) {
    params[key] = {value, "argv"};
  }
  for (const auto& [key, value] : request_.params) {
    format::check_name("parameter", key);
    params[key] = {value, "flag"};
  }
  for (const auto& [key, value] : request_.sweep_params) {
    params[key] = {value, "sweep"};
  }
  for (auto& [key, param] : params) {
    param.value =
        plan::is_secret_name(key) ? std::string(plan::k_scrubbed) : plan::scrub_urls(param.value);
  }
  return params;
}

// "params.yaml:model.tree"; a file whose own name holds a colon wins.
std::pair<std::string, std::string> RunPreparation::split_file(const std::string& word) const
{
  const std::size_t colon = word.rfind(':');
  if (colon == std::string::npos ||
      ports_.data.files.stat(plan::join_path(request_.cwd, word), ports::FollowLinks::yes)) {
    return {word, ""};
  }
  return {word.substr(0, colon), word.substr(colon + 1)};
}

model::CodeState RunPreparation::capture()
{
  CodeRequest code;
  code.folder = request_.cwd;
  for (const auto* list :
       {&request_.inputs, &request_.outputs, &request_.metric_files, &request_.other_data}) {
    for (const std::string& path : *list) {
      code.data_paths.push_back(plan::join_path(request_.cwd, path));
    }
  }
  code.max_untracked_bytes = request_.max_untracked_bytes;
  model::CodeState state;
  try {
    state = capture_code(ports_, code);
  } catch (const Error& error) {
    if (request_.require_clean) {
      throw Error(ErrorKind::conflict,
                  "whether the working tree is clean can't be told: " + error.message(),
                  error.hint());
    }
    if (request_.strict == Strict::yes) {
      throw;
    }
    state.in_git = true;
    problem("the code is not recorded: " + error.message());
    return state;
  }
  if (!state.in_git) {
    problem("not in a Git repository: the code is not recorded (git init)");
  }
  if (request_.require_clean && (state.dirty || !state.in_git)) {
    throw Error(ErrorKind::conflict,
                state.in_git
                    ? "the working tree has changes, such as '" + state.changes.front().path +
                          "' (" + state.changes.front().state + ")"
                    : "not in a Git repository, so that nothing can be clean",
                "commit them, or leave out --require-clean");
  }
  for (const model::Omission& omission : state.omitted) {
    ports_.data.reporter.warn("'" + omission.path +
                              "' is not stored with the code: " + omission.reason);
  }
  return state;
}

std::vector<model::RunData> RunPreparation::take_inputs()
{
  std::vector<model::RunData> inputs;
  const auto stored =
      request_.keep >= Level::data ? model::Stored::content : model::Stored::identity_only;
  for (const std::string& input : request_.inputs) {
    model::RunData data;
    data.path = recorded(input);
    data.partial = request_.listed.contains(input);
    try {
      record_data(ports_, {request_.top, run_.id}, stored, data, files_of(input));
    } catch (const Error& error) {
      if (request_.strict == Strict::yes || error.kind() == ErrorKind::interrupted) {
        throw;
      }
      problem("input '" + input + "' is not recorded: " + error.message());
    }
    inputs.push_back(std::move(data));
  }
  return inputs;
}

std::vector<std::string> RunPreparation::files_of(const std::string& word) const
{
  const auto listed = request_.listed.find(word);
  return listed == request_.listed.end() ? std::vector<std::string>() : listed->second;
}

// Found out before the start: a command that was to be traced and can't be is run all the same, or
// with Strict::yes not at all.
std::optional<model::RunTrace> RunPreparation::plan_trace()
{
  if (!request_.trace) {
    return std::nullopt;
  }
  model::RunTrace trace;
  for (const std::string& root : request_.data_roots) {
    trace.data_roots.push_back(recorded(root));
  }
  const auto obstacle = ports_.processes.find_trace_obstacle();
  if (obstacle && request_.strict == Strict::yes) {
    throw Error(ErrorKind::external, "the command can't be traced: " + *obstacle,
                "run it without --trace, or without --strict");
  }
  trace.active = !obstacle;
  if (obstacle) {
    trace.reasons.push_back(*obstacle);
    ports_.data.reporter.warn("the command is NOT traced: " + *obstacle);
  }
  return trace;
}

// A first look; the record has that of the end, when the interpreter has been seen.
std::optional<model::Environment> RunPreparation::read_environment(const std::string& program)
{
  try {
    return ports_.probe.read(probe_request(request_, program, false));
  } catch (const Error& error) {
    if (request_.strict == Strict::yes) {
      throw;
    }
    ports_.data.reporter.warn("the environment can't be read before the start: " + error.message());
    return std::nullopt;
  }
}

void RunPreparation::problem(const std::string& text)
{
  run_.problems.push_back(text);
  ports_.data.reporter.warn(text);
}

}  // namespace mlrepro::tracking
