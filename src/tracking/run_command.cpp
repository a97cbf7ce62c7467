// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/run_command.hpp"

#include <map>

#include "mlrepro/format/trace_lines.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/seal_run.hpp"
#include "tracking/run_preparation.hpp"
#include "tracking/trace_scope.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;
using model::ErrorKind;
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
  // Where another file stands in for a named one, its name goes with it: an interpreter finds its
  // virtual environment by the name that it was called by.
  const std::string& word = process.argv.front();
  if (!request.program.empty() && word.find('/') != std::string::npos &&
      plan::join_path(request.cwd, word) != program) {
    process.argv.front() = program;
  }
  process.set_variables = request.set_variables;
  process.unset_variables = request.unset_variables;
  process.discard_output = request.discard_output;
  process.empty_input = request.empty_input;
  process.no_network = request.no_network;
  process.timeout_s = request.timeout_s;
  process.grace_s = request.grace_s;
  if (request.seed) {
    process.set_variables.emplace_back("MLREPRO_SEED", std::to_string(*request.seed));
  }
  return process;
}

ports::TraceRequest trace_request(const Ports& ports, const Run& run, const std::string& store,
                                  const std::string& log)
{
  const TraceScope scope = trace_scope(ports, run, {store});
  return {log, [rules = scope.rules](std::string_view path) { return rules.look(path); },
          format::to_trace_line};
}

std::map<std::string, std::vector<std::string>> recorded_listings(const RunRequest& request)
{
  std::map<std::string, std::vector<std::string>> listed;
  for (const auto& [word, files] : request.listed) {
    listed[plan::recorded_path(request.top, plan::join_path(request.cwd, word))] = files;
  }
  return listed;
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
                                RunPreparation& preparation, const std::string& program,
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

// A run without it is recorded as well as the same run of a command that never asks for it.
std::unique_ptr<ports::RunEndpoint::Session> open_endpoint(const Ports& ports,
                                                           const RunRequest& request,
                                                           const Run& run,
                                                           ports::ProcessRequest& process)
{
  if (ports.endpoint == nullptr || !request.offer_endpoint) {
    return nullptr;
  }
  try {
    auto session = ports.endpoint->open(run.id, process);
    if (session) {
      const auto variables = session->variables();
      process.set_variables.insert(process.set_variables.end(), variables.begin(), variables.end());
    }
    return session;
  } catch (const Error& error) {
    ports.data.reporter.warn("clients of MLflow can't log to this run: " + error.message());
    return nullptr;
  }
}

// The -m files of a run of a sweep, as an earlier run may have left them: whoever fails before it
// writes its own must not inherit those. By the recorded path.
using FileMarks = std::map<std::string, ports::FileStat>;

FileMarks mark_metric_files(const Ports& ports, const RunRequest& request, const Run& run)
{
  FileMarks marks;
  if (request.sweep_item) {
    for (const std::string& recorded : run.metric_files) {
      const std::string path = plan::absolute_path(request.top, recorded);
      if (const auto stat = ports.data.files.stat(path, ports::FollowLinks::yes)) {
        marks.emplace(recorded, *stat);
      }
    }
  }
  return marks;
}

std::vector<std::string> unchanged(const Ports& ports, const RunRequest& request,
                                   const FileMarks& marks)
{
  std::vector<std::string> paths;
  for (const auto& [recorded, before] : marks) {
    if (ports.data.files.stat(plan::absolute_path(request.top, recorded),
                              ports::FollowLinks::yes) == before) {
      paths.push_back(recorded);
    }
  }
  return paths;
}

class SilentObserver final : public ports::ProcessObserver {
 public:
  void before_start(const ports::ProcessIdentity&) override {}
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
  RunPreparation preparation(ports, request);
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
    if (request.resources_s) {
      process.resources = ports::ResourceLog{live.resources, *request.resources_s};
    }
    if (run->trace && run->trace->active) {
      process.trace = trace_request(ports, *run, request.store, live.trace);
    }
  }
  const FileMarks marks = run ? mark_metric_files(ports, request, *run) : FileMarks();
  Observer observer(ports, run ? std::optional(run->id) : std::nullopt);
  const auto endpoint = run ? open_endpoint(ports, request, *run, process) : nullptr;
  outcome.process = ports.processes.run(process, observer);
  if (!run) {
    return outcome;
  }
  Ending ending;
  if (endpoint) {
    endpoint->close();  // before the seal: what clients were told is recorded, is
    ending.problems = endpoint->problems();
  }
  ending.process = outcome.process;
  ending.untraced = outcome.process.untraced;
  ending.listed = recorded_listings(request);
  ending.old_metric_files = unchanged(ports, request, marks);
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
