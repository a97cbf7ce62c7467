// SPDX-License-Identifier: Apache-2.0
#include "posix/child_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <string_view>

#include "posix/file_descriptor.hpp"
#include "posix/program_search.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

enum class Stage : int { network, folder, execution };

struct Failure {
  Stage stage = Stage::execution;
  int error = 0;
};

// All that the child needs between fork and execve, where it must not allocate.
struct Prepared {
  std::vector<char*> argv;
  std::vector<char*> environment;
  std::vector<char*> files;
  std::vector<char*> shell_argv;  // "/bin/sh", the file, the arguments
};

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
  std::vector<char*> found;
  found.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    found.push_back(const_cast<char*>(text.c_str()));  // execve(2) does not write to them
  }
  found.push_back(nullptr);
  return found;
}

Prepared prepare(const ChildPlan& plan)
{
  static const std::string shell = "/bin/sh";
  Prepared prepared{pointers(plan.argv), pointers(plan.environment), pointers(plan.files), {}};
  prepared.shell_argv = prepared.argv;
  prepared.shell_argv.insert(prepared.shell_argv.begin(), const_cast<char*>(shell.c_str()));
  return prepared;
}

// As execvp(3): a file that is in no known format is a script of the shell, and a file that may
// not be executed does not end the search.
int execute(Prepared& prepared) noexcept
{
  int error = ENOENT;
  bool denied = false;
  for (char* const* file = prepared.files.data(); *file != nullptr; ++file) {
    ::execve(*file, prepared.argv.data(), prepared.environment.data());
    error = errno;
    if (error == ENOEXEC) {
      prepared.shell_argv[1] = *file;
      ::execve("/bin/sh", prepared.shell_argv.data(), prepared.environment.data());
      return ENOEXEC;
    }
    denied = denied || error == EACCES;
    const bool search_on = error == EACCES || error == ENOENT || error == ENOTDIR ||
                           error == ESTALE || error == ENODEV || error == ETIMEDOUT;
    if (!search_on) {
      return error;
    }
  }
  return denied ? EACCES : error;
}

[[noreturn]] void report_and_exit(int pipe, Failure failure) noexcept
{
  while (::write(pipe, &failure, sizeof failure) < 0 && errno == EINTR) {
  }
  ::_exit(127);
}

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Pipe open_pipe()
{
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("open a pipe");
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// A command whose mlrepro died before it could be put on record is not started.
void wait_for_permission(Pipe& permission) noexcept
{
  permission.write_end.reset();
  char word = 0;
  ssize_t size = 0;
  while ((size = ::read(permission.read_end.get(), &word, 1)) < 0 && errno == EINTR) {
  }
  if (size != 1) {
    ::_exit(127);
  }
}

// Our own read end stays open till then, so that a dead process does not make this a SIGPIPE.
void give_permission(Pipe& permission)
{
  write_fully(permission.write_end.get(), "g", "start a process");
  permission = {};
}

[[noreturn]] void become(const ChildPlan& plan, Prepared& prepared, const SignalGate& signals,
                         int failure_pipe) noexcept
{
  if (plan.own_group) {
    ::setpgid(0, 0);
  }
  if (plan.no_network) {
    if (const int error = isolate_network(*plan.no_network); error != 0) {
      report_and_exit(failure_pipe, {Stage::network, error});
    }
  }
  if (::chdir(plan.cwd.c_str()) != 0) {
    report_and_exit(failure_pipe, {Stage::folder, errno});
  }
  const std::array<int, 3> standard{plan.stdin_fd, plan.stdout_fd, plan.stderr_fd};
  for (int number = 0; number < 3; ++number) {
    const int fd = standard[static_cast<std::size_t>(number)];
    if (fd >= 0 && ::dup2(fd, number) < 0) {
      report_and_exit(failure_pipe, {Stage::execution, errno});
    }
  }
  signals.restore_in_child();
  report_and_exit(failure_pipe, {Stage::execution, execute(prepared)});
}

std::string_view name_of(std::string_view variable)
{
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> environment_of(const ports::ProcessRequest& request)
{
  const auto is_replaced = [&request](std::string_view name) {
    const auto& unset = request.unset_variables;
    const auto& set = request.set_variables;
    return std::find(unset.begin(), unset.end(), name) != unset.end() ||
           std::any_of(set.begin(), set.end(),
                       [name](const auto& variable) { return variable.first == name; });
  };
  std::vector<std::string> result;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (!is_replaced(name_of(*variable))) {
      result.emplace_back(*variable);
    }
  }
  for (auto variable = request.set_variables.begin(); variable != request.set_variables.end();
       ++variable) {
    // The last of several values for one name holds.
    const bool repeated =
        std::any_of(variable + 1, request.set_variables.end(),
                    [&variable](const auto& later) { return later.first == variable->first; });
    if (!repeated) {
      result.push_back(variable->first + "=" + variable->second);
    }
  }
  return result;
}

std::optional<std::string_view> path_in(const std::vector<std::string>& environment)
{
  for (const std::string& variable : environment) {
    if (name_of(variable) == "PATH" && variable.size() > 4) {
      return std::string_view(variable).substr(5);
    }
  }
  return std::nullopt;
}

}  // namespace

ChildPlan plan_child(const ports::ProcessRequest& request)
{
  if (request.argv.empty()) {
    throw model::Error(model::ErrorKind::usage, "no command to run",
                       "write it after '--': mlrepro run -- python train.py");
  }
  ChildPlan plan;
  plan.argv = request.argv;
  plan.environment = environment_of(request);
  plan.cwd = request.cwd;
  if (request.no_network) {
    plan.no_network = plan_network_isolation();
  }
  plan.files = request.program.empty()
                   ? program_candidates(request.argv[0], path_in(plan.environment))
                   : std::vector<std::string>{request.program};
  return plan;
}

pid_t launch_directly(const std::function<void()>& child)
{
  const pid_t pid = ::fork();
  if (pid < 0) {
    throw_errno("start a process");
  }
  if (pid == 0) {
    child();
    ::_exit(127);
  }
  return pid;
}

ChildStart start_child(const ChildPlan& plan, const SignalGate& signals,
                       const std::function<void(pid_t)>& before_start, const Launch& launch)
{
  Pipe failures = open_pipe();
  Pipe permission = open_pipe();
  Prepared prepared = prepare(plan);
  const pid_t pid = launch([&] {
    wait_for_permission(permission);
    become(plan, prepared, signals, failures.write_end.get());
  });
  if (plan.own_group) {
    ::setpgid(pid, pid);  // here too: a signal for the group may come before the child runs
  }
  failures.write_end.reset();
  before_start(pid);
  give_permission(permission);
  Failure failure;
  const auto got = read_fully(failures.read_end.get(),
                              std::as_writable_bytes(std::span(&failure, 1)), "start a process");
  if (got != sizeof failure) {
    return {pid, 0};  // closed by the execution
  }
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (failure.stage == Stage::network) {
    throw system_error(failure.error, "keep the command from the network");
  }
  if (failure.stage == Stage::folder) {
    throw system_error(failure.error, "enter folder '" + plan.cwd + "'");
  }
  return {-1, failure.error};
}

}  // namespace mlrepro::posix
