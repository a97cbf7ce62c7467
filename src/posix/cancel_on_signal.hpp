// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <array>
#include <functional>
#include <thread>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// While it lives, SIGINT, SIGTERM and SIGHUP do not end the process at once: `cancel` is called, on
// a thread of its own, and again every half second for as long as the object lives, so that what a
// server still does for us ends as well and what waits for it returns. A second signal, and ten
// seconds, end the process after all. Signals that were ignored stay ignored. One object at a time.
class CancelOnSignal {
 public:
  explicit CancelOnSignal(std::function<void()> cancel);
  // Restores what it changed. A signal that nobody asked about is obeyed now.
  ~CancelOnSignal();
  CancelOnSignal(const CancelOnSignal&) = delete;
  CancelOnSignal& operator=(const CancelOnSignal&) = delete;

  // Throws Error{interrupted} when a signal came.
  void check();

 private:
  static constexpr std::array<int, 4> k_changed{SIGINT, SIGTERM, SIGHUP, SIGALRM};

  void watch();

  std::function<void()> cancel_;
  std::array<struct sigaction, k_changed.size()> old_{};
  FileDescriptor reader_;
  FileDescriptor writer_;
  std::thread thread_;
  bool told_ = false;
};

}  // namespace mlrepro::posix
