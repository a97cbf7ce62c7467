// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// Asks NVIDIA's library how much memory each GPU has, in a process of its own, so that a driver
// that hangs takes only that one along. Nothing is started where there is no such library.
class GpuMemory {
 public:
  // Asks. The forked copy keeps none of this process's descriptors, and ends with this one.
  GpuMemory();
  // Gives up an answer that is still to come.
  ~GpuMemory();
  GpuMemory(const GpuMemory&) = delete;
  GpuMemory& operator=(const GpuMemory&) = delete;

  // In bytes, in NVML's order; 0 for a GPU that is not ours to use. Nothing where there is no GPU,
  // or no answer within `wait`. Asks for the answer once.
  std::vector<std::uint64_t> take(std::chrono::milliseconds wait);

 private:
  FileDescriptor answer_;
  pid_t copy_ = -1;
};

}  // namespace mlrepro::posix
