// SPDX-License-Identifier: Apache-2.0
#include "posix/supervisor.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <utility>

namespace mlrepro::posix {
namespace {

constexpr std::int64_t k_ns_per_ms = 1'000'000;
constexpr std::int64_t k_ns_per_s = 1'000'000'000;
constexpr std::array<std::int64_t, 10> k_first_samples_ms{1,  2,   5,   10,   20,
                                                          50, 100, 300, 1000, 3000};
constexpr std::int64_t k_later_samples_ms = 10'000;

// What ends sooner is not worth a process that measures it.
constexpr double k_measure_after_s = 1;

// Output that comes later than this after the last is a background process's, not the command's.
constexpr std::int64_t k_quiet_ns = 50 * k_ns_per_ms;
constexpr std::int64_t k_longest_drain_ns = 1 * k_ns_per_s;

// The kernel sends SIGWINCH before it stores a pseudo terminal's new size (pty_resize), so that who
// is quick reads the old one.
constexpr std::int64_t k_window_check_ns = 20 * k_ns_per_ms;

// One request to end often comes as two signals: timeout(1) signals its child, then its group.
constexpr std::int64_t k_same_request_ns = 1 * k_ns_per_s;

std::int64_t after_seconds(std::int64_t from_ns, double seconds)
{
  const double limit = static_cast<double>(std::numeric_limits<std::int64_t>::max()) / 4;
  const double ns = std::clamp(seconds * static_cast<double>(k_ns_per_s), 0.0, limit);
  return from_ns + static_cast<std::int64_t>(ns);
}

double to_seconds(const timeval& time)
{
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

bool is_our_child(pid_t pid)
{
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool asks_to_end(int signal)
{
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

}  // namespace

Forward plan_forward(const ReceivedSignal& signal, bool sent_to_group, bool own_group)
{
  // Keys are always for the foreground group. A hang-up is not: who leads the session gets it.
  const bool is_key = signal.from_kernel && (signal.number == SIGINT || signal.number == SIGQUIT);
  if (!sent_to_group && !is_key) {
    return Forward::command;
  }
  return own_group ? Forward::group : Forward::nobody;  // a shared group has got it already
}

Supervisor::Supervisor(const Supervision& supervision)
    : work_(supervision), start_ns_(monotonic_ns()), last_output_ns_(start_ns_)
{
  if (work_.request.timeout_s) {
    timeout_ns_ = after_seconds(start_ns_, *work_.request.timeout_s);
  }
  if (work_.measure_resources && work_.request.resources) {
    const double half = work_.request.resources->interval_s / 2;
    measure_ns_ = after_seconds(start_ns_, std::min(half, k_measure_after_s));
  }
  schedule_sample();
}

ports::ProcessResult Supervisor::run()
{
  while (!ended_ || !is_drained()) {
    wait_once();
  }
  return std::move(result_);
}

void Supervisor::wait_once()
{
  std::array<pollfd, 2 * OutputRelay::k_streams + 2> polls{};
  const auto relay_polls = std::span(polls).first<2 * OutputRelay::k_streams>();
  work_.relay.prepare(relay_polls);
  polls[relay_polls.size()] = {work_.tracer != nullptr ? work_.tracer->get() : -1, POLLIN, 0};
  polls.back() = {work_.signals.get(), POLLIN, 0};
  if (::poll(polls.data(), polls.size(), poll_timeout_ms()) > 0) {
    if (work_.relay.serve(relay_polls)) {
      last_output_ns_ = monotonic_ns();
    }
    for (std::size_t number = 0; number < OutputRelay::k_streams; ++number) {
      if (work_.relay.stream(number).reader_left && !std::exchange(closed_[number], true) &&
          work_.guard != nullptr) {
        work_.guard->close_stream(number);
      }
    }
    if (polls[relay_polls.size()].revents != 0) {
      take_end_from_tracer();
    }
    if (polls.back().revents != 0) {
      take_signals();
    }
  }
  if (!ended_) {
    fire_timers();
  }
}

int Supervisor::poll_timeout_ms() const
{
  std::int64_t next = sample_ns_;
  if (ended_) {
    const std::int64_t quiet_at = std::max(ended_ns_, last_output_ns_) + k_quiet_ns;
    next = work_.relay.has_pending() ? std::numeric_limits<std::int64_t>::max() : quiet_at;
  } else {
    next = std::min({next, timeout_ns_.value_or(next), kill_ns_.value_or(next),
                     window_check_ns_.value_or(next), measure_ns_.value_or(next)});
  }
  if (next == std::numeric_limits<std::int64_t>::max()) {
    return -1;
  }
  const std::int64_t wait_ns = std::max<std::int64_t>(next - monotonic_ns(), 0);
  return static_cast<int>(
      std::min<std::int64_t>((wait_ns + k_ns_per_ms - 1) / k_ns_per_ms, 60'000));
}

void Supervisor::take_signals()
{
  while (const auto signal = work_.signals.next()) {
    if (signal->number == SIGCHLD) {
      reap();
    } else {
      take(*signal);
    }
  }
}

void Supervisor::take(const ReceivedSignal& signal)
{
  const bool sent_to_group = work_.guard != nullptr && work_.guard->was_sent_to_group(signal);
  if (signal.number == SIGWINCH) {
    take_window_change(signal, sent_to_group);
    return;
  }
  if (asks_to_end(signal.number)) {
    result_.stopped_by = signal.number;
  }
  if (ended_) {
    hurried_ = hurried_ || asks_to_end(signal.number);
    return;
  }
  const auto& command = work_.command;
  const Forward forward = plan_forward(signal, sent_to_group, command.own_group);
  if (forward != Forward::nobody) {
    ::kill(forward == Forward::group ? -command.pid : command.pid, signal.number);
  }
  if (signal.number == SIGCONT && work_.copy_window_size()) {
    ::kill(command.pid, SIGWINCH);  // who is stopped is not told of a new size
  }
  if (!signal.from_kernel && (signal.number == SIGTERM || signal.number == SIGINT)) {
    escalate(signal.number);
  }
}

// The command may already have looked at its terminals, before they had the new size.
void Supervisor::take_window_change(const ReceivedSignal& signal, bool sent_to_group)
{
  const auto& command = work_.command;
  if (ended_) {
    return;
  }
  // Our own signal to a shared group comes back to us, and one of the terminal's that arrives while
  // it is pending is lost in it: hence the look at the size, which ends the echo when it is the
  // same.
  window_check_ns_ = monotonic_ns() + k_window_check_ns;
  if (work_.copy_window_size()) {
    tell_of_window_size();
  } else if (signal.sender != ::getpid() &&
             plan_forward(signal, sent_to_group, command.own_group) != Forward::nobody) {
    ::kill(command.pid, SIGWINCH);
  }
}

void Supervisor::tell_of_window_size()
{
  ::kill(work_.command.own_group ? -work_.command.pid : 0, SIGWINCH);
}

void Supervisor::escalate(int signal)
{
  if (work_.signals.was_ignored(signal)) {
    return;
  }
  const std::int64_t now = monotonic_ns();
  if (!first_request_ns_) {
    first_request_ns_ = now;
  } else if (now - *first_request_ns_ >= k_same_request_ns && !kill_ns_) {
    kill_ns_ = after_seconds(now, work_.request.grace_s);
  }
}

void Supervisor::reap()
{
  int status = 0;
  rusage usage{};
  if (ended_ || ::wait4(work_.command.pid, &status, WNOHANG, &usage) != work_.command.pid) {
    return;
  }
  end(status, usage);
}

void Supervisor::take_end_from_tracer()
{
  const auto told = work_.tracer->take_end();
  if (!told || ended_) {
    return;
  }
  if (told->known) {
    end(told->status, told->usage);
    return;
  }
  reap();
  if (!ended_ && !is_our_child(work_.command.pid)) {
    end(SIGKILL, {});  // it ended together with the tracer, and nobody knows how
  }
}

void Supervisor::end(int status, const rusage& usage)
{
  ended_ = true;
  ended_ns_ = monotonic_ns();
  if (WIFSIGNALED(status)) {
    result_.signal = WTERMSIG(status);
  } else {
    result_.exit_code = WEXITSTATUS(status);
  }
  result_.resources.user_s = to_seconds(usage.ru_utime);
  result_.resources.system_s = to_seconds(usage.ru_stime);
  result_.resources.max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  owed_bytes_ = work_.relay.bytes_read() + work_.relay.readable_bytes();
  observe([&] { work_.observer.on_exit(result_); });
}

void Supervisor::fire_timers()
{
  const std::int64_t now = monotonic_ns();
  if (timeout_ns_ && now >= *timeout_ns_) {
    timeout_ns_.reset();
    result_.timed_out = true;
    signal_tree(work_.command, SIGTERM);
    signal_tree(work_.command, SIGCONT);  // who is stopped could not obey
    kill_ns_ = after_seconds(now, work_.request.grace_s);
  }
  if (kill_ns_ && now >= *kill_ns_) {
    kill_ns_.reset();
    signal_tree(work_.command, SIGKILL);
  }
  if (window_check_ns_ && now >= *window_check_ns_) {
    window_check_ns_.reset();
    if (work_.copy_window_size()) {
      tell_of_window_size();
    }
  }
  if (measure_ns_ && now >= *measure_ns_) {
    measure_ns_.reset();
    observe(work_.measure_resources);
  }
  if (now >= sample_ns_) {
    schedule_sample();
    observe([&] { work_.observer.on_sample(work_.command.pid); });
  }
}

void Supervisor::schedule_sample()
{
  sample_ns_ = samples_ < k_first_samples_ms.size()
                   ? start_ns_ + k_first_samples_ms[samples_] * k_ns_per_ms
                   : monotonic_ns() + k_later_samples_ms * k_ns_per_ms;
  ++samples_;
}

// All that the command itself wrote has been passed on, as far as anybody wants it.
bool Supervisor::is_drained() const
{
  if (work_.relay.is_finished()) {
    return true;
  }
  if (work_.relay.has_pending()) {
    return hurried_;  // by a user who does not wait for a reader that does not read
  }
  const std::int64_t now = monotonic_ns();
  return now - std::max(ended_ns_, last_output_ns_) >= k_quiet_ns ||
         (now - ended_ns_ >= k_longest_drain_ns && work_.relay.bytes_read() >= owed_bytes_);
}

void Supervisor::observe(const std::function<void()>& call)
{
  try {
    call();
  } catch (const std::exception& error) {
    const std::string problem = error.what();
    if (std::find(result_.problems.begin(), result_.problems.end(), problem) ==
        result_.problems.end()) {
      result_.problems.push_back(problem);
    }
  }
}

}  // namespace mlrepro::posix
