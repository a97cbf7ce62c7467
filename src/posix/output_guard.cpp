// SPDX-License-Identifier: Apache-2.0
#include "posix/output_guard.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "posix/close_descriptors.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

// What the front may say. Silence and the end of the line mean that it has died.
constexpr char k_quit = 'q';
constexpr char k_hand_over = 'd';
constexpr char k_which_signals = 's';  // answered by Senders
constexpr char k_close_first = '0';    // and the streams after it

constexpr int k_answer_timeout_ms = 20;

void close_all_but(const OutputRelay& relay, int line) noexcept
{
  std::array<int, OutputRelay::k_descriptors + 1> kept{};
  const auto descriptors = relay.descriptors();
  std::copy(descriptors.begin(), descriptors.end(), kept.begin());
  kept.back() = line;
  posix::close_all_but(kept);
}

[[noreturn]] void relay_to_the_end(OutputRelay& relay) noexcept
{
  relay.take_over();
  ::setsid();  // what happens to the old terminal and group is no longer our concern
  while (!relay.is_finished()) {
    OutputRelay::Polls polls;
    relay.prepare(polls);
    if (::poll(polls.data(), polls.size(), -1) > 0) {
      relay.serve(polls);
    }
  }
  ::_exit(0);
}

}  // namespace

OutputGuard::Senders OutputGuard::take_pending_signals() noexcept
{
  Senders senders{};
  for (std::size_t index = 0; index < senders.size(); ++index) {
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, k_passed_on_signals[index]);
    const timespec now{};
    siginfo_t received{};
    const bool came = ::sigtimedwait(&one, &received, &now) > 0;
    senders[index] = !came ? k_nobody : received.si_code > 0 ? 0 : received.si_pid;
  }
  return senders;
}

void OutputGuard::watch(OutputRelay& relay, int line) noexcept
{
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  close_all_but(relay, line);
  if (::chdir("/") != 0) {
    // Then a file system stays busy for as long as the output lasts: no harm done.
  }
  for (;;) {
    char message = 0;
    const ssize_t size = ::read(line, &message, 1);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {
      relay.on_departure(OutputRelay::Departure::keep_reading);
      relay_to_the_end(relay);
    }
    if (message == k_quit) {
      ::_exit(0);
    }
    if (message == k_hand_over) {
      ::close(line);
      relay.stop_logging();
      relay_to_the_end(relay);
    }
    if (message == k_which_signals) {
      const Senders senders = take_pending_signals();
      ::send(line, senders.data(), sizeof senders, MSG_NOSIGNAL);
    } else {
      relay.stream(static_cast<std::size_t>(message - k_close_first)).source.reset();
    }
  }
}

OutputGuard::OutputGuard(OutputRelay& relay)
{
  senders_.fill(k_nobody);
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw_errno("open a line to the output guard");
  }
  line_ = FileDescriptor(ends[0]);
  const FileDescriptor other_end(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) {
    throw_errno("start the output guard");
  }
  if (pid_ == 0) {
    watch(relay, other_end.get());
  }
}

OutputGuard::~OutputGuard()
{
  if (pid_ > 0) {
    tell(k_quit);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

void OutputGuard::close_stream(std::size_t number) noexcept
{
  tell(static_cast<char>(k_close_first + static_cast<char>(number)));
}

bool OutputGuard::was_sent_to_group(const ReceivedSignal& signal) noexcept
{
  Senders fresh;
  pollfd answer{line_.get(), POLLIN, 0};
  if (tell(k_which_signals) && ::poll(&answer, 1, k_answer_timeout_ms) == 1 &&
      ::recv(line_.get(), fresh.data(), sizeof fresh, MSG_WAITALL) ==
          static_cast<ssize_t>(sizeof fresh)) {
    for (std::size_t index = 0; index < fresh.size(); ++index) {
      senders_[index] = fresh[index] != k_nobody ? fresh[index] : senders_[index];
    }
  }
  const auto found =
      std::find(k_passed_on_signals.begin(), k_passed_on_signals.end(), signal.number);
  if (found == k_passed_on_signals.end()) {
    return false;
  }
  auto& sender = senders_[static_cast<std::size_t>(found - k_passed_on_signals.begin())];
  return std::exchange(sender, k_nobody) == signal.sender;
}

pid_t OutputGuard::hand_over() noexcept
{
  return tell(k_hand_over) ? std::exchange(pid_, -1) : -1;
}

bool OutputGuard::tell(char message) noexcept
{
  return ::send(line_.get(), &message, 1, MSG_NOSIGNAL) == 1;
}

}  // namespace mlrepro::posix
