// SPDX-License-Identifier: Apache-2.0
#include "posix/signal_gate.hpp"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "posix/system_error.hpp"

namespace mlrepro::posix {

SignalGate::SignalGate()
{
  sigset_t taken;
  ::sigemptyset(&taken);
  ::sigaddset(&taken, SIGCHLD);
  for (const int signal : k_passed_on_signals) {
    ::sigaddset(&taken, signal);
  }
  fd_ = FileDescriptor(::signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_.is_open()) {
    throw_errno("open a descriptor for signals");
  }
  ::pthread_sigmask(SIG_BLOCK, &taken, &old_mask_);
  for (std::size_t index = 0; index < k_changed.size(); ++index) {
    struct sigaction action {};
    // With SIGCHLD ignored, as some supervisors leave it, the kernel would reap our child.
    action.sa_handler = k_changed[index] == SIGCHLD ? SIG_DFL : SIG_IGN;
    ::sigaction(k_changed[index], &action, &old_actions_[index]);
  }
}

SignalGate::~SignalGate()
{
  while (next()) {
    // What came too late to be passed on must not end us now.
  }
  restore_actions();
  ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

std::optional<ReceivedSignal> SignalGate::next() noexcept
{
  signalfd_siginfo received{};
  ssize_t size = -1;
  do {
    size = ::read(fd_.get(), &received, sizeof received);
  } while (size < 0 && errno == EINTR);
  if (size != static_cast<ssize_t>(sizeof received)) {
    return std::nullopt;
  }
  const bool from_kernel = received.ssi_code > 0;  // SI_USER, SI_QUEUE and SI_TKILL are not
  return ReceivedSignal{static_cast<int>(received.ssi_signo), from_kernel,
                        from_kernel ? 0 : static_cast<int>(received.ssi_pid)};
}

bool SignalGate::was_ignored(int signal) const
{
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void SignalGate::restore_actions() const noexcept
{
  for (std::size_t index = 0; index < k_changed.size(); ++index) {
    ::sigaction(k_changed[index], &old_actions_[index], nullptr);
  }
}

void SignalGate::restore_in_child() const noexcept
{
  restore_actions();
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_DFL &&
        action.sa_handler != SIG_IGN) {
      action.sa_handler = SIG_DFL;
      action.sa_flags = 0;
      ::sigaction(signal, &action, nullptr);
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

}  // namespace mlrepro::posix
