// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// Another process of this program that serves at a socket of ours.
class HandedServer {
 public:
  // In a session of its own: keys of our terminal do not reach it. Throws Error{io}.
  HandedServer(const std::vector<std::string>& arguments, int listener, const std::string& secret);
  // Asks it to end, and kills it when it does not.
  ~HandedServer();
  HandedServer(const HandedServer&) = delete;
  HandedServer& operator=(const HandedServer&) = delete;

  // Readable once it has ended.
  [[nodiscard]] int ended() const { return life_.get(); }
  // After that: "signal 11" or "exit code 7"; absent when it ended as it should.
  std::optional<std::string> take_trouble();

 private:
  [[nodiscard]] bool has_ended_within(std::chrono::milliseconds time) const;

  pid_t pid_ = -1;
  FileDescriptor life_;
};

}  // namespace mlrepro::posix
