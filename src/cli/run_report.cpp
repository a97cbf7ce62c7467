// SPDX-License-Identifier: Apache-2.0
#include "cli/run_report.hpp"

#include <unistd.h>

#include <cstring>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/end_by_signal.hpp"
#include "cli/exit_code.hpp"
#include "cli/noise_lines.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/repeat_run.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

int fail_to_start(int error, const std::string& command, Project& project)
{
  const bool missing = error == ports::k_no_such_program;
  const bool here = missing && command.find('/') == std::string::npos &&
                    ::access((project.place().cwd + "/" + command).c_str(), F_OK) == 0;
  const std::string hint =
      here ? "did you mean './" + command + "'?"
      : missing
          ? ""
          : "give it to its interpreter, or make it executable: chmod +x " + shell_words({command});
  fail(Error(missing ? ErrorKind::not_found : ErrorKind::external,
             "command '" + command + "': " + (missing ? "not found" : std::strerror(error)), hint),
       project.options());
  return missing ? k_no_such_command : k_not_executable;
}

void summarise(const model::Run& run, Project& project)
{
  if (project.options().json) {
    std::cerr << format::to_json_line(run);
  } else {
    project.reporter().note("run " + run_summary(run));
  }
}

// What is there to say of a run that was started.
void tell(const tracking::RunOutcome& outcome, Project& project)
{
  if (outcome.process.timed_out) {
    project.reporter().warn("the command ran into its time limit");
  }
  if (outcome.run) {
    summarise(*outcome.run, project);
  }
}

int end_as(const ports::ProcessResult& process)
{
  if (process.timed_out) {
    return k_timed_out;
  }
  if (process.signal) {
    end_by_signal(*process.signal);
  }
  return process.exit_code.value_or(k_not_started);
}

}  // namespace

int report_run(const tracking::RunOutcome& outcome, Project& project, const std::string& command)
{
  if (outcome.process.start_error) {
    return fail_to_start(*outcome.process.start_error, command, project);
  }
  tell(outcome, project);
  return end_as(outcome.process);
}

int run_repeatedly(const tracking::RunRequest& request, std::size_t times, Project& project,
                   const tracking::Ports& ports)
{
  const auto outcomes = tracking::repeat_command(
      ports, request, times, [&](std::size_t number, const tracking::RunOutcome& outcome) {
        if (!outcome.process.start_error) {
          project.reporter().note("repeat " + std::to_string(number) + " of " +
                                  std::to_string(times));
          tell(outcome, project);
        }
      });
  const ports::ProcessResult& last = outcomes.back().process;
  if (last.start_error) {
    return fail_to_start(*last.start_error, request.command.front(), project);
  }
  if (outcomes.size() == times && !project.options().json) {
    std::vector<model::Run> runs;
    for (const tracking::RunOutcome& outcome : outcomes) {
      if (outcome.run) {
        runs.push_back(*outcome.run);
      }
    }
    for (const std::string& line : noise_lines(runs)) {
      project.reporter().note(line);
    }
  }
  return end_as(last);
}

}  // namespace mlrepro::cli
