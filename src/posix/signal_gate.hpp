// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <array>
#include <cstddef>
#include <optional>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

struct ReceivedSignal {
  int number = 0;
  bool from_kernel = false;  // a key on the terminal, a hang-up; else somebody called kill(2)
  int sender = 0;            // its process; 0 when from_kernel
};

// The signals that a wrapping process passes on instead of obeying.
inline constexpr std::array<int, 8> k_passed_on_signals{SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
                                                        SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};

// While it lives, the calling thread does not obey the signals above and SIGCHLD but hands them
// out, and writes to a closed pipe or over a size limit fail with an error only. Restores all
// that it changed.
class SignalGate {
 public:
  SignalGate();
  ~SignalGate();
  SignalGate(const SignalGate&) = delete;
  SignalGate& operator=(const SignalGate&) = delete;

  // Readable when `next` has something to say.
  [[nodiscard]] int get() const { return fd_.get(); }
  [[nodiscard]] std::optional<ReceivedSignal> next() noexcept;
  // Whether we were started with this signal ignored, as nohup(1) does with SIGHUP.
  [[nodiscard]] bool was_ignored(int signal) const;
  // Mask and dispositions as they were before, for the program that a forked child executes;
  // handlers of ours become the default. Async-signal-safe.
  void restore_in_child() const noexcept;

 private:
  static constexpr std::array<int, 3> k_changed{SIGCHLD, SIGPIPE, SIGXFSZ};

  void restore_actions() const noexcept;

  sigset_t old_mask_{};
  std::array<struct sigaction, k_changed.size()> old_actions_{};
  FileDescriptor fd_;
};

}  // namespace mlrepro::posix
