// SPDX-License-Identifier: Apache-2.0
#include "support/scripted_process_runner.hpp"

#include <fstream>
#include <utility>

namespace mlrepro::testing {
namespace {

void append_to_file(const std::string& path, const std::string& text)
{
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

void log_output(const ports::LogFiles& logs, const ScriptedRun& run,
                const ScriptedProcessRunner::WriteLog& write)
{
  std::string index;
  if (!run.stdout_text.empty()) {
    index += "0 1 " + std::to_string(run.stdout_text.size()) + "\n";
  }
  if (!run.stderr_text.empty()) {
    index += "0 2 " + std::to_string(run.stderr_text.size()) + "\n";
  }
  write(logs.stdout_path, run.stdout_text);
  write(logs.stderr_path, run.stderr_text);
  write(logs.index_path, index);
}

}  // namespace

ScriptedRun exits_with(int code, std::string stdout_text)
{
  ScriptedRun run;
  run.result.exit_code = code;
  run.stdout_text = std::move(stdout_text);
  return run;
}

ScriptedRun killed_by(int signal)
{
  ScriptedRun run;
  run.result.signal = signal;
  return run;
}

ScriptedRun fails_to_start(int error)
{
  ScriptedRun run;
  run.result.start_error = error;
  return run;
}

ports::ProcessResult ScriptedProcessRunner::run(const ports::ProcessRequest& request,
                                                ports::ProcessObserver& observer)
{
  const std::size_t number = requests_.size();
  requests_.push_back(request);
  const ScriptedRun run = number < script_.size() ? script_[number] : exits_with(0);
  if (request.logs) {
    log_output(*request.logs, run, write_log_ ? write_log_ : append_to_file);
  }
  const int pid = 1'000'000'000 + static_cast<int>(number);  // beyond the kernel's numbers
  observer.before_start({pid, number + 1, "scripted"});
  if (run.result.start_error) {
    return run.result;
  }
  observer.on_sample(pid);
  if (run.action) {
    run.action(request);
  }
  observer.on_exit(run.result);
  return run.result;
}

std::optional<std::string> ScriptedProcessRunner::find_program(const std::string& name,
                                                               const std::string& /*cwd*/) const
{
  const auto found = programs_.find(name);
  return found == programs_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace mlrepro::testing
