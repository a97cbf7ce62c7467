// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "posix/attended_output.hpp"

namespace mlrepro::cli {

// What draws `text` over an earlier frame on a terminal with that many rows. Lines that have no
// room are left out, the last row then says how many.
std::string screen_frame(const std::string& text, std::size_t rows);

// The terminal's second screen, for something that is drawn again and again; the first one is back
// as it was when this goes, and while the process is stopped.
class LiveScreen {
 public:
  // `output` must outlive it.
  explicit LiveScreen(posix::AttendedOutput& output);
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  void draw(const std::string& text);
  // Back to the first screen; may be called more than once.
  void leave() noexcept;

 private:
  void enter();

  posix::AttendedOutput& output_;
  bool entered_ = false;
};

}  // namespace mlrepro::cli
