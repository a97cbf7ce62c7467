// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>

#include "mlrepro/ports/process_runner.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// A forked copy of this process that measures what a command and its descendants use of the machine
// and logs it, until the command ends, this process dies or the sampler goes. Whatever it reads may
// hang: that holds up nobody else. It takes at most half a percent of one core, and measures less
// often than asked where measuring is dearer.
class ResourceSampler {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The command `pid` must not have been reaped. The intervals count from its start. Throws
  // Error{io} when the log can't be opened or there is no process to be had.
  ResourceSampler(int pid, const ports::ResourceLog& log, Time start);
  ~ResourceSampler();
  ResourceSampler(const ResourceSampler&) = delete;
  ResourceSampler& operator=(const ResourceSampler&) = delete;

  // Ends the copy and reaps it, if that takes but a moment. Else it is on its way out, and is
  // returned for somebody to reap later; -1 when there is nobody to reap.
  pid_t end() noexcept;

 private:
  struct Task;

  [[noreturn]] static void measure(const Task& task) noexcept;

  pid_t copy_ = -1;
  FileDescriptor line_;  // its end tells the copy to end
};

}  // namespace mlrepro::posix
