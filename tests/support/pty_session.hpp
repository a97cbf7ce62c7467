// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "posix/file_descriptor.hpp"

namespace mlrepro::testing {

// A forked process with a terminal of its own, and the person in front of it.
class PtySession {
 public:
  // `body` runs in the forked process, as the leader of the terminal's foreground group.
  PtySession(const std::function<void()>& body, unsigned short rows, unsigned short columns);
  ~PtySession();
  PtySession(const PtySession&) = delete;
  PtySession& operator=(const PtySession&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void type(const std::string& keys) const;
  void resize(unsigned short rows, unsigned short columns) const;
  // Takes the terminal away.
  void hang_up() { master_.reset(); }
  // Reads until the screen holds `text`; false after two minutes without a byte or at the end.
  bool wait_for(const std::string& text);
  // Reads to the end of the session.
  void wait();
  // All that has been shown so far.
  [[nodiscard]] const std::string& screen() const { return screen_; }

 private:
  bool read_some(int timeout_ms);

  pid_t pid_ = -1;
  posix::FileDescriptor master_;
  std::string screen_;
};

}  // namespace mlrepro::testing
