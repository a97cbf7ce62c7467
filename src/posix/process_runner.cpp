// SPDX-License-Identifier: Apache-2.0
#include "posix/process_runner.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "posix/access_tracer.hpp"
#include "posix/child_process.hpp"
#include "posix/file_lock.hpp"
#include "posix/network_isolation.hpp"
#include "posix/output_guard.hpp"
#include "posix/output_relay.hpp"
#include "posix/process_identity.hpp"
#include "posix/program_search.hpp"
#include "posix/pseudo_terminal.hpp"
#include "posix/resource_sampler.hpp"
#include "posix/signal_gate.hpp"
#include "posix/supervisor.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

constexpr std::array<int, OutputRelay::k_streams> k_outputs{STDOUT_FILENO, STDERR_FILENO};

// Takes the numbers 0 to 2 where they are free, so that none of our descriptors gets one; the
// command finds them closed, as we did.
class StandardDescriptors {
 public:
  StandardDescriptors()
  {
    for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
      was_open_[static_cast<std::size_t>(fd)] = ::fcntl(fd, F_GETFD) >= 0;
      if (!was_open(fd)) {
        fillers_.push_back(open_file("/dev/null", O_RDWR));
      }
    }
  }

  [[nodiscard]] bool was_open(int fd) const { return was_open_[static_cast<std::size_t>(fd)]; }

 private:
  std::array<bool, 3> was_open_{};
  std::vector<FileDescriptor> fillers_;
};

bool has_controlling_terminal()
{
  return FileDescriptor(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)).is_open();
}

// One run's output: our ends in the relay, the command's ends until it has started.
class Capture {
 public:
  Capture(const ports::ProcessRequest& request, const StandardDescriptors& standard)
      : relay_(std::make_unique_for_overwrite<OutputRelay>())
  {
    if (request.empty_input) {
      input_ = open_file("/dev/null", O_RDONLY);
    }
    if (!request.logs && !request.discard_output) {
      return;
    }
    for (std::size_t number = 0; number < k_outputs.size(); ++number) {
      if (standard.was_open(k_outputs[number])) {
        connect(number, request.discard_output);
      }
    }
    if (request.logs) {
      relay_->stream(0).log = open_log(request.logs->stdout_path);
      relay_->stream(1).log = open_log(request.logs->stderr_path);
      FileDescriptor index = open_log(request.logs->index_path);
      if (index.is_open()) {
        // The output guard shares it, so that it lasts until the last output is logged.
        (void)try_lock_file(index.get(), LockMode::exclusive, request.logs->index_path);
      }
      relay_->log_index_to(std::move(index), monotonic_ns());
    }
  }

  [[nodiscard]] OutputRelay& relay() { return *relay_; }
  [[nodiscard]] int input() const { return input_.get(); }  // -1: our own
  [[nodiscard]] int command_end(std::size_t number) const { return command_ends_[number].get(); }
  void close_command_ends()
  {
    for (FileDescriptor& end : command_ends_) {
      end.reset();
    }
  }
  bool copy_window_size()
  {
    bool changed = false;
    for (std::size_t number = 0; number < k_outputs.size(); ++number) {
      if (is_terminal_[number] && relay_->stream(number).source.is_open()) {
        changed = posix::copy_window_size(k_outputs[number], relay_->stream(number).source.get()) ||
                  changed;
      }
    }
    return changed;
  }
  std::vector<std::string>& problems() { return problems_; }

 private:
  void connect(std::size_t number, bool discard)
  {
    RelayedStream& stream = relay_->stream(number);
    const int output = k_outputs[number];
    if (!discard) {
      stream.sink = OutputSink(output);
    }
    if (discard || ::isatty(output) != 1 || !connect_terminal(number)) {
      std::array<int, 2> ends{};
      if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw_errno("open a pipe");
      }
      stream.source = FileDescriptor(ends[0]);
      command_ends_[number] = FileDescriptor(ends[1]);
      if (::pipe2(ends.data(), O_CLOEXEC) == 0) {  // without it, logging is only less strict
        stream.preview_out = FileDescriptor(ends[0]);
        stream.preview_in = FileDescriptor(ends[1]);
      }
    }
    if (::fcntl(stream.source.get(), F_SETFL, O_NONBLOCK) != 0) {
      throw_errno("set up the command's output");
    }
  }

  bool connect_terminal(std::size_t number)
  {
    try {
      PseudoTerminal terminal = open_pseudo_terminal(k_outputs[number]);
      relay_->stream(number).source = std::move(terminal.master);
      command_ends_[number] = std::move(terminal.slave);
      is_terminal_[number] = true;
    } catch (const model::Error& error) {
      problems_.push_back(error.message() + "; the command got a pipe instead");
    }
    return is_terminal_[number];
  }

  FileDescriptor open_log(const std::string& path)
  {
    try {
      // Not O_APPEND, which splice(2) refuses: who shares the descriptor shares the position.
      FileDescriptor log = open_file(path, O_WRONLY | O_CREAT, 0600);
      (void)::lseek(log.get(), 0, SEEK_END);
      return log;
    } catch (const model::Error& error) {
      problems_.push_back(error.message());
      return {};
    }
  }

  FileDescriptor input_;
  std::unique_ptr<OutputRelay> relay_;
  std::array<FileDescriptor, OutputRelay::k_streams> command_ends_;
  std::array<bool, OutputRelay::k_streams> is_terminal_{};
  std::vector<std::string> problems_;
};

// Absent when the system has no process to give: the command runs all the same.
std::unique_ptr<OutputGuard> start_guard(Capture& capture)
{
  try {
    return std::make_unique<OutputGuard>(capture.relay());
  } catch (const model::Error& error) {
    capture.problems().push_back(error.message());
    return nullptr;
  }
}

ChildStart start(const ChildPlan& plan, const SignalGate& signals,
                 const std::function<void(pid_t)>& before_start, AccessTracer* tracer)
{
  if (tracer == nullptr) {
    return start_child(plan, signals, before_start);
  }
  return start_child(plan, signals, before_start, [&](const std::function<void()>& child) {
    return tracer->launch(plan.own_group, child);
  });
}

// Empty where nothing is to be measured.
std::function<void()> measurement_of(std::unique_ptr<ResourceSampler>& sampler, pid_t command,
                                     const ports::ProcessRequest& request)
{
  if (!request.resources) {
    return nullptr;
  }
  const auto now = std::chrono::steady_clock::now();
  return [&sampler, command, &log = *request.resources, now] {
    sampler = std::make_unique<ResourceSampler>(command, log, now);
  };
}

// As with the supervisor's calls: the command is not to suffer from an observer.
void tell_before_start(ports::ProcessObserver& observer, pid_t pid,
                       std::vector<std::string>& problems) noexcept
{
  try {
    observer.before_start(identity_of(pid).value_or(ports::ProcessIdentity{pid, 0, boot_id()}));
  } catch (const std::exception& error) {
    problems.emplace_back(error.what());
  }
}

std::optional<std::string_view> path_variable()
{
  const char* path = ::getenv("PATH");
  return path == nullptr ? std::nullopt : std::optional<std::string_view>(path);
}

void append(std::vector<std::string>& texts, std::vector<std::string> more)
{
  std::move(more.begin(), more.end(), std::back_inserter(texts));
}

}  // namespace

LocalProcessRunner::~LocalProcessRunner()
{
  reap_lingering();
}

void LocalProcessRunner::reap_lingering() noexcept
{
  lingering_.erase(std::remove_if(lingering_.begin(), lingering_.end(),
                                  [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; }),
                   lingering_.end());
}

ports::ProcessResult LocalProcessRunner::run(const ports::ProcessRequest& request,
                                             ports::ProcessObserver& observer)
{
  reap_lingering();
  ChildPlan plan = plan_child(request);
  const StandardDescriptors standard;
  Capture capture(request, standard);
  SignalGate signals;
  const auto guard = start_guard(capture);
  plan.own_group = !has_controlling_terminal();
  plan.stdin_fd = capture.input();
  plan.stdout_fd = capture.command_end(0);
  plan.stderr_fd = capture.command_end(1);

  const auto tracer = request.trace ? std::make_unique<AccessTracer>(*request.trace) : nullptr;

  const ChildStart child = start(
      plan, signals, [&](pid_t pid) { tell_before_start(observer, pid, capture.problems()); },
      tracer.get());
  capture.close_command_ends();
  ports::ProcessResult result;
  if (child.error != 0) {
    result.start_error = child.error;
  } else {
    std::unique_ptr<ResourceSampler> sampler;
    Supervisor supervisor({{child.pid, plan.own_group},
                           request,
                           observer,
                           signals,
                           capture.relay(),
                           guard.get(),
                           tracer.get(),
                           [&capture] { return capture.copy_window_size(); },
                           measurement_of(sampler, child.pid, request)});
    result = supervisor.run();
    if (const pid_t left = sampler ? sampler->end() : -1; left > 0) {
      lingering_.push_back(left);
    }
    if (guard && supervisor.has_output_left()) {
      if (const pid_t lingering = guard->hand_over(); lingering > 0) {
        lingering_.push_back(lingering);
      }
    }
  }
  if (tracer) {
    if (tracer->problem()) {
      result.untraced.push_back(*tracer->problem());
    }
    if (const pid_t lingering = tracer->hand_over(); lingering > 0) {
      lingering_.push_back(lingering);
    }
  }
  append(result.problems, std::move(capture.problems()));
  append(result.problems, capture.relay().problems());
  return result;
}

std::optional<std::string> LocalProcessRunner::find_program(const std::string& name,
                                                            const std::string& cwd) const
{
  return posix::find_program(name, cwd, path_variable());
}

std::optional<std::string> LocalProcessRunner::find_isolation_obstacle() const
{
  return posix::find_isolation_obstacle();
}

std::optional<std::string> LocalProcessRunner::find_trace_obstacle() const
{
  return posix::find_trace_obstacle();
}

}  // namespace mlrepro::posix
