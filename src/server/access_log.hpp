// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "mlrepro/ports/clock.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::server {

struct Access {
  std::string peer;
  std::string method;
  std::string path;
  int status = 0;
  std::uint64_t received_bytes = 0;  // of the body
  std::uint64_t sent_bytes = 0;
  std::chrono::microseconds time{};
  std::string agent;
};

// One JSON line a request (docs/mlflow.md). What clients sent stands in it as text and never as
// lines of its own. Any number of threads.
class AccessLog {
 public:
  // Appends to the file, and makes it, for its owner only, where there is none. Throws as
  // posix::open_file does.
  AccessLog(const std::string& path, const ports::Clock& clock);

  // A line that can't be written is dropped: that is no reason to answer nobody any more.
  void write(const Access& access) noexcept;

 private:
  posix::FileDescriptor file_;
  const ports::Clock& clock_;
};

}  // namespace mlrepro::server
