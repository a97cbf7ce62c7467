// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "posix/file_descriptor.hpp"
#include "posix/nvml.hpp"

namespace mlrepro::posix {

// Asks for GPUs from a process of its own, so that a driver that hangs takes only that one along.
// That process ends when this one does, as soon as the driver lets it.
class GpuWatch {
 public:
  // The forked copy keeps none of this process's descriptors.
  GpuWatch();
  GpuWatch(const GpuWatch&) = delete;
  GpuWatch& operator=(const GpuWatch&) = delete;
  ~GpuWatch() = default;

  // Nothing where there is no GPU or when there is no answer in time. A late answer is dropped, and
  // nothing is asked while it is missing.
  std::vector<GpuReading> read(const std::vector<int>& processes, std::chrono::milliseconds wait);
  // CPU time that the readings have taken.
  [[nodiscard]] std::chrono::nanoseconds cost() const { return cost_; }

 private:
  [[noreturn]] static void answer(pid_t parent, int line) noexcept;
  [[nodiscard]] bool ask(const std::vector<int>& processes);
  bool receive(std::vector<GpuReading>& readings);

  FileDescriptor line_;
  bool waiting_ = false;  // for an answer
  std::chrono::nanoseconds cost_{0};
};

}  // namespace mlrepro::posix
