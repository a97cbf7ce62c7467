// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <array>
#include <chrono>
#include <functional>
#include <string_view>

#include "posix/file_descriptor.hpp"
#include "posix/output_sink.hpp"

namespace mlrepro::posix {

// stdout and stderr of a command that goes on until somebody ends it. It is never stuck in a write
// or a sleep: SIGINT, SIGTERM, SIGHUP, SIGQUIT and the departure of a reader end it from within
// either, and what is on the screen can be put in order before it goes. Restores all that it
// changed.
class AttendedOutput {
 public:
  enum class Wake { time, resized, ended };

  AttendedOutput();
  ~AttendedOutput();
  AttendedOutput(const AttendedOutput&) = delete;
  AttendedOutput& operator=(const AttendedOutput&) = delete;

  // Called before the process is stopped by Ctrl-Z, and when it goes on.
  void on_stop(std::function<void()> before, std::function<void()> after);
  // Sleeps that long, unless the terminal changes its size or the end comes.
  Wake wait(std::chrono::milliseconds time);
  // All of it, to descriptor 1 or 2; false when the end came. Throws Error{io}, for instance for a
  // full disk.
  bool write(int descriptor, std::string_view bytes);
  // The same as far as it goes at once, also after the end came: to put a terminal in order.
  void write_last(int descriptor, std::string_view bytes) noexcept;
  [[nodiscard]] bool ended() const { return signal_ != 0; }
  // What the end does to a command that does not attend to it: dies of the signal. Returns after
  // SIGINT, which is how a user ends such a command, with the exit code being the caller's.
  void obey_end();

 private:
  Wake poll(std::chrono::milliseconds time, int writable);
  Wake take_signals();
  void stop();
  void lose_reader();

  sigset_t old_mask_{};
  struct sigaction old_pipe_ {};
  FileDescriptor signals_;
  std::array<OutputSink, 2> sinks_;
  std::function<void()> before_stop_;
  std::function<void()> after_stop_;
  bool stopping_ = false;
  int signal_ = 0;  // that ended it
};

}  // namespace mlrepro::posix
