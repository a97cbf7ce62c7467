// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/run_command.hpp"

#include <algorithm>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/parameter_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/argv_parameters.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/tracking/capture_code.hpp"
#include "mlrepro/tracking/record_data.hpp"
#include "mlrepro/tracking/seal_run.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;
using model::ErrorKind;
using model::Level;
using model::Run;

// "{seed}" in an argument stands for the number given with --seed.
std::vector<std::string> with_seed(std::vector<std::string> command,
                                   const std::optional<std::int64_t>& seed)
{
  constexpr std::string_view k_mark = "{seed}";
  if (!seed) {
    return command;
  }
  for (std::string& word : command) {
    for (std::size_t at = word.find(k_mark); at != std::string::npos;
         at = word.find(k_mark, at + 1)) {
      word.replace(at, k_mark.size(), std::to_string(*seed));
    }
  }
  return command;
}

ports::ProbeRequest probe_request(const RunRequest& request, const std::string& program,
                                  bool packages)
{
  return {request.command, program, request.cwd, request.extra_variables,
          packages && request.keep >= Level::environment};
}

class Preparation {
 public:
  Preparation(const Ports& ports, const RunRequest& request) : ports_(ports), request_(request) {}

  // What the user got wrong; none of it depends on the store.
  void check_request()
  {
    for (const std::string& input : request_.inputs) {
      const std::string path = plan::join_path(request_.cwd, input);
      if (!ports_.data.files.stat(path, ports::FollowLinks::yes)) {
        throw Error(ErrorKind::not_found, "input '" + input + "': nothing there", near_name(path));
      }
    }
    run_.command = request_.command;
    run_.params = collect_params();
  }

  Run prepare(const std::string& program)
  {
    run_.id = model::RunId::from_bytes(ports_.data.clock.random_bytes());
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
    run_.code = request_.code ? *request_.code : capture();
    run_.inputs = take_inputs();
    for (const std::string& output : request_.outputs) {
      model::RunData data;
      data.path = recorded(output);
      run_.outputs.push_back(std::move(data));
    }
    for (const std::string& file : request_.metric_files) {
      run_.metric_files.push_back(recorded(file));
    }
    run_.command = plan::scrub_command(request_.command);
    run_.program = program;
    run_.environment = read_environment(program);
    return run_;
  }

 private:
  [[nodiscard]] std::string recorded(const std::string& path) const
  {
    return plan::recorded_path(request_.top, plan::join_path(request_.cwd, path));
  }

  [[nodiscard]] std::string near_name(const std::string& path) const
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

  std::map<std::string, model::Parameter> collect_params()
  {
    std::map<std::string, model::Parameter> params;
    for (const std::string& word : request_.param_files) {
      const auto [file, subtree] = split_file(word);
      const std::string path = ports_.data.files.resolve(plan::join_path(request_.cwd, file));
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
    for (auto& [key, param] : params) {
      param.value =
          plan::is_secret_name(key) ? std::string(plan::k_scrubbed) : plan::scrub_urls(param.value);
    }
    return params;
  }

  // "params.yaml:model.tree"; a file whose own name holds a colon wins.
  std::pair<std::string, std::string> split_file(const std::string& word) const
  {
    const std::size_t colon = word.rfind(':');
    if (colon == std::string::npos ||
        ports_.data.files.stat(plan::join_path(request_.cwd, word), ports::FollowLinks::yes)) {
      return {word, ""};
    }
    return {word.substr(0, colon), word.substr(colon + 1)};
  }

  model::CodeState capture()
  {
    CodeRequest code;
    code.folder = request_.cwd;
    for (const auto* list : {&request_.inputs, &request_.outputs, &request_.metric_files}) {
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

  std::vector<model::RunData> take_inputs()
  {
    std::vector<model::RunData> inputs;
    const auto stored =
        request_.keep >= Level::data ? model::Stored::content : model::Stored::identity_only;
    for (const std::string& input : request_.inputs) {
      model::RunData data;
      data.path = recorded(input);
      try {
        record_data(ports_, request_.top, stored, data);
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

  // A first look; the record has that of the end, when the interpreter has been seen.
  std::optional<model::Environment> read_environment(const std::string& program)
  {
    try {
      return ports_.probe.read(probe_request(request_, program, false));
    } catch (const Error& error) {
      if (request_.strict == Strict::yes) {
        throw;
      }
      ports_.data.reporter.warn("the environment can't be read before the start: " +
                                error.message());
      return std::nullopt;
    }
  }

  void problem(const std::string& text)
  {
    run_.problems.push_back(text);
    ports_.data.reporter.warn(text);
  }

  const Ports& ports_;
  const RunRequest& request_;
  Run run_;
};

class Observer final : public ports::ProcessObserver {
 public:
  Observer(const Ports& ports, std::optional<model::RunId> id) : ports_(ports), id_(std::move(id))
  {
  }

  // On record before it starts: whoever finds us dead later must know whether it still runs.
  void before_start(const ports::ProcessIdentity& process) override
  {
    guarded([&] { ports_.live.set_process(*id_, process); });
  }
  void on_start(const ports::ProcessIdentity& /*process*/) override {}
  void on_sample(int pid) override
  {
    guarded([&] { ports_.probe.observe(pid); });
  }
  void on_exit(const ports::ProcessResult& result) override
  {
    guarded([&] { ports_.live.set_exit(*id_, result); });
  }

 private:
  // Nothing that goes wrong here may disturb the command.
  template <typename Action>
  void guarded(Action action)
  {
    if (!id_) {
      return;
    }
    try {
      action();
    } catch (const Error& error) {
      ports_.data.reporter.warn(error.message());
    }
  }

  const Ports& ports_;
  std::optional<model::RunId> id_;
};

ports::ProcessRequest process_request(const RunRequest& request, const std::string& program)
{
  ports::ProcessRequest process;
  process.argv = request.command;
  process.program = program;
  process.cwd = request.cwd;
  process.set_variables = request.set_variables;
  process.unset_variables = request.unset_variables;
  process.discard_output = request.discard_output;
  process.timeout_s = request.timeout_s;
  process.grace_s = request.grace_s;
  if (request.seed) {
    process.set_variables.emplace_back("MLREPRO_SEED", std::to_string(*request.seed));
  }
  return process;
}

// What can't be removed now is removed by the next command that finds it.
void discard_live(const Ports& ports, const model::RunId& id)
{
  try {
    if (const auto guard = ports.live.lock(id)) {
      guard->remove();
    }
  } catch (const Error& error) {
    ports.data.reporter.warn(error.message());
  }
}

// Puts the starting run on record; absent when the store refuses, which only Strict::yes minds.
std::optional<Run> begin_record(const Ports& ports, const RunRequest& request,
                                Preparation& preparation, const std::string& program,
                                ports::LivePaths& live)
{
  std::optional<model::RunId> opened;
  try {
    const auto hold = ports.data.objects.hold();
    Run run = preparation.prepare(program);
    run.started_at = ports.data.clock.now();
    live = ports.live.create(run.id);
    opened = run.id;
    ports.runs.insert(run);
    return run;
  } catch (const Error& error) {
    const bool users_fault = error.kind() == ErrorKind::conflict ||
                             error.kind() == ErrorKind::usage ||
                             error.kind() == ErrorKind::interrupted;
    // A commit that failed while it was synced may turn out to be there after all. The live record
    // stays for the next command, which sees what became of it.
    if (opened && error.kind() != ErrorKind::io) {
      discard_live(ports, *opened);
    }
    if (request.strict == Strict::yes || users_fault) {
      throw;
    }
    ports.data.reporter.warn("the run is NOT recorded: " + error.message());
    return std::nullopt;
  }
}

class SilentObserver final : public ports::ProcessObserver {
 public:
  void on_start(const ports::ProcessIdentity&) override {}
  void on_sample(int) override {}
  void on_exit(const ports::ProcessResult&) override {}
};

}  // namespace

ports::ProcessResult run_unrecorded(ports::ProcessRunner& processes, const RunRequest& original)
{
  RunRequest request = original;
  request.command = with_seed(original.command, original.seed);
  SilentObserver observer;
  return processes.run(process_request(request, request.program), observer);
}

RunOutcome run_command(const Ports& ports, const RunRequest& original)
{
  RunRequest request = original;
  request.command = with_seed(original.command, original.seed);
  RunOutcome outcome;
  const auto program = request.program.empty()
                           ? ports.processes.find_program(request.command.front(), request.cwd)
                           : std::optional(request.program);
  if (!program) {
    const std::string& word = request.command.front();
    const bool there =
        word.find('/') != std::string::npos &&
        ports.data.files.stat(plan::join_path(request.cwd, word), ports::FollowLinks::yes);
    outcome.process.start_error = there ? ports::k_not_executable : ports::k_no_such_program;
    return outcome;
  }
  Preparation preparation(ports, request);
  preparation.check_request();
  ports::LivePaths live;
  const auto run = begin_record(ports, request, preparation, *program, live);
  ports::ProcessRequest process = process_request(request, *program);
  if (run) {
    process.set_variables.emplace_back("MLREPRO_RUN_ID", run->id.str());
    process.set_variables.emplace_back("MLREPRO_STORE", request.store);
    process.set_variables.emplace_back("MLREPRO_METRICS", live.metrics);
    if (request.capture_output) {
      process.logs = live.logs;
    }
  }
  Observer observer(ports, run ? std::optional(run->id) : std::nullopt);
  outcome.process = ports.processes.run(process, observer);
  if (!run) {
    return outcome;
  }
  Ending ending;
  ending.process = outcome.process;
  if (outcome.process.start_error) {
    ending.process->exit_code =
        *outcome.process.start_error == ports::k_no_such_program ? 127 : 126;
    ending.problems.emplace_back("the command could not be started");
  }
  for (const std::string& problem : outcome.process.problems) {
    ports.data.reporter.warn(problem);
    ending.problems.push_back(problem);
  }
  try {
    ending.environment = ports.probe.read(probe_request(request, *program, true));
  } catch (const Error& error) {
    ending.problems.push_back("the environment is not recorded: " + error.message());
    ports.data.reporter.warn(ending.problems.back());
  }
  try {
    outcome.failure = seal_run(ports, *run, request.top, ending).failure;
    outcome.run = ports::find_run(ports.runs, run->id);
  } catch (const Error& error) {
    ports.data.reporter.warn("the record of run " + run->name + " is not complete: " +
                             error.message() + "; the next mlrepro command tries again");
  }
  return outcome;
}

}  // namespace mlrepro::tracking
