// SPDX-License-Identifier: Apache-2.0
#include "posix/job_control.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "posix/child_process.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/supervisor.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

// Also when the file has been replaced since this process was started.
constexpr const char* k_this_program = "/proc/self/exe";

bool asks_to_end(int signal)
{
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

}  // namespace

LocalJobControl::LocalJobControl() : nothing_(std::make_unique_for_overwrite<OutputRelay>())
{
  try {
    witness_ = std::make_unique<OutputGuard>(*nothing_);
  } catch (const model::Error&) {
    // Then a signal for the whole group reaches the jobs twice.
  }
}

std::optional<int> LocalJobControl::start(const ports::JobRequest& request)
{
  ports::ProcessRequest process;
  process.argv = request.arguments;
  process.argv.insert(process.argv.begin(), "mlrepro");
  process.program = k_this_program;
  process.cwd = request.cwd;
  ChildPlan plan = plan_child(process);
  const FileDescriptor nothing = open_file("/dev/null", O_RDONLY);
  plan.stdin_fd = nothing.get();
  bool refused = false;
  const ChildStart child = start_child(plan, signals_, [&](pid_t pid) {
    // Who sent a signal to the group before this process was in it must not wait for it in vain.
    take_signals();
    if (news_.asked_to_end) {
      ::kill(pid, SIGKILL);  // it has not executed anything yet
      refused = true;
    }
  });
  if (child.error != 0) {
    throw system_error(child.error, "start 'mlrepro run'");
  }
  if (refused) {
    while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return std::nullopt;
  }
  jobs_.push_back(child.pid);
  return child.pid;
}

ports::JobNews LocalJobControl::wait(std::chrono::milliseconds patience)
{
  take_signals();
  if (news_.ended.empty() && !news_.asked_to_end) {
    pollfd poll{signals_.get(), POLLIN, 0};
    if (::poll(&poll, 1, static_cast<int>(patience.count())) > 0) {
      take_signals();
    }
  }
  return std::exchange(news_, {});
}

void LocalJobControl::take_signals()
{
  while (const auto signal = signals_.next()) {
    if (signal->number == SIGCHLD) {
      reap();
    } else {
      take(*signal);
    }
  }
}

void LocalJobControl::take(const ReceivedSignal& signal)
{
  const bool sent_to_group = witness_ && witness_->was_sent_to_group(signal);
  if (asks_to_end(signal.number) && !signals_.was_ignored(signal.number)) {
    news_.asked_to_end = signal.number;
  }
  // The terminal tells its whole foreground group of a new size.
  if (signal.number != SIGWINCH && plan_forward(signal, sent_to_group, false) != Forward::nobody) {
    for (const pid_t job : jobs_) {
      ::kill(job, signal.number);
    }
  }
}

void LocalJobControl::reap()
{
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    int status = 0;
    if (::waitpid(*job, &status, WNOHANG) != *job) {
      ++job;
      continue;
    }
    ports::EndedJob ended;
    ended.job = *job;
    if (WIFSIGNALED(status)) {
      ended.signal = WTERMSIG(status);
    } else {
      ended.exit_code = WEXITSTATUS(status);
    }
    news_.ended.push_back(ended);
    job = jobs_.erase(job);
  }
}

}  // namespace mlrepro::posix
