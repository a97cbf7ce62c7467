// SPDX-License-Identifier: Apache-2.0
#include "posix/attended_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<int, 6> k_attended{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
// For a terminal that is not read: who waits longer for the end thinks it hangs.
constexpr std::chrono::milliseconds k_last_patience(500);
constexpr std::chrono::milliseconds k_last_pause(50);
constexpr short k_gone = POLLERR | POLLHUP | POLLNVAL;

bool is_ignored(int signal)
{
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

std::chrono::milliseconds until(Clock::time_point end)
{
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace

AttendedOutput::AttendedOutput()
{
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int signal : k_attended) {
    // What nohup(1) or a shell's "&" made us ignore stays ignored.
    if (!is_ignored(signal)) {
      ::sigaddset(&taken, signal);
    }
  }
  signals_ = FileDescriptor(::signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals_.is_open()) {
    throw_errno("open a descriptor for signals");
  }
  for (int number = 0; number < 2; ++number) {
    if (::fcntl(number + 1, F_GETFD) >= 0) {
      sinks_[static_cast<std::size_t>(number)] = OutputSink(number + 1);
    }
  }
  ::pthread_sigmask(SIG_BLOCK, &taken, &old_mask_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &old_pipe_);
}

AttendedOutput::~AttendedOutput()
{
  signalfd_siginfo more{};
  while (ended() && ::read(signals_.get(), &more, sizeof more) > 0) {
    // It is ending; a second Ctrl-C must not turn its exit code into a death.
  }
  ::sigaction(SIGPIPE, &old_pipe_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

void AttendedOutput::on_stop(std::function<void()> before, std::function<void()> after)
{
  before_stop_ = std::move(before);
  after_stop_ = std::move(after);
}

AttendedOutput::Wake AttendedOutput::wait(std::chrono::milliseconds time)
{
  const auto end = Clock::now() + time;
  while (!ended()) {
    const auto left = until(end);
    const Wake wake = poll(left, -1);
    if (wake == Wake::resized || left.count() == 0) {
      return ended() ? Wake::ended : wake;
    }
  }
  return Wake::ended;
}

bool AttendedOutput::write(int descriptor, std::string_view bytes)
{
  OutputSink& sink = sinks_[descriptor == 1 ? 0 : 1];
  (void)poll(std::chrono::milliseconds(0), -1);
  while (!bytes.empty() && !ended() && sink.is_open()) {
    const ssize_t size = sink.write_some(std::as_bytes(std::span(bytes)));
    if (size >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (size == -EAGAIN) {
      (void)poll(std::chrono::milliseconds(-1), sink.get());
    } else if (size == -EPIPE) {
      lose_reader();
    } else {
      throw system_error(static_cast<int>(-size), "write the answer");
    }
  }
  return !ended();
}

void AttendedOutput::write_last(int descriptor, std::string_view bytes) noexcept
{
  OutputSink& sink = sinks_[descriptor == 1 ? 0 : 1];
  const auto give_up = Clock::now() + k_last_patience;
  while (!bytes.empty() && sink.is_open()) {
    const ssize_t size = sink.write_some(std::as_bytes(std::span(bytes)));
    if (size >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
      continue;
    }
    // A terminal takes nothing for a moment after Ctrl-C has made it drop what it held.
    if (size != -EAGAIN || Clock::now() >= give_up) {
      return;
    }
    pollfd writable{sink.get(), POLLOUT, 0};
    (void)::poll(&writable, 1, static_cast<int>(k_last_pause.count()));
  }
}

// Until there is a signal, the time is over, or `writable` is; a negative time has no end.
AttendedOutput::Wake AttendedOutput::poll(std::chrono::milliseconds time, int writable)
{
  std::array<pollfd, 4> polls{{{signals_.get(), POLLIN, 0}, {writable, POLLOUT, 0}}};
  for (std::size_t number = 0; number < sinks_.size(); ++number) {
    const bool tells = sinks_[number].is_open() && sinks_[number].tells_departure();
    polls[2 + number] = {tells ? sinks_[number].get() : -1, 0, 0};
  }
  const int ready = ::poll(polls.data(), polls.size(), static_cast<int>(time.count()));
  if (ready < 0 && errno != EINTR) {
    throw_errno("wait");
  }
  if (ready <= 0) {
    return Wake::time;
  }
  if ((polls[2].revents & k_gone) != 0 || (polls[3].revents & k_gone) != 0) {
    lose_reader();
  }
  return take_signals();
}

AttendedOutput::Wake AttendedOutput::take_signals()
{
  Wake wake = Wake::time;
  signalfd_siginfo received{};
  while (::read(signals_.get(), &received, sizeof received) ==
         static_cast<ssize_t>(sizeof received)) {
    const int signal = static_cast<int>(received.ssi_signo);
    if (signal == SIGTSTP) {
      stop();
      wake = Wake::resized;  // while it was stopped, nobody would have told
    } else if (signal == SIGWINCH) {
      wake = Wake::resized;
    } else if (signal_ == 0) {
      signal_ = signal;
    }
  }
  return ended() ? Wake::ended : wake;
}

// As the signal itself would: where no shell could continue us, nothing happens.
void AttendedOutput::stop()
{
  if (std::exchange(stopping_, true)) {
    return;
  }
  if (before_stop_) {
    before_stop_();
  }
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTSTP);
  (void)::raise(SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (after_stop_) {
    after_stop_();
  }
  stopping_ = false;
}

void AttendedOutput::lose_reader()
{
  if (signal_ == 0) {
    signal_ = SIGPIPE;
  }
}

void AttendedOutput::obey_end()
{
  if (signal_ == 0 || signal_ == SIGINT) {
    return;
  }
  if (signal_ == SIGPIPE && old_pipe_.sa_handler == SIG_IGN) {
    throw system_error(EPIPE, "write the answer");
  }
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal_);
  ::sigaction(SIGPIPE, &old_pipe_, nullptr);
  (void)::raise(signal_);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace mlrepro::posix
