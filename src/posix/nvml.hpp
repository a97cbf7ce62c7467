// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace mlrepro::posix {

// What one GPU does. Plain data, so that it can be sent from process to process; a number below
// zero is one that the driver does not tell.
struct GpuReading {
  int index = 0;
  double busy_percent = -1;
  double memory_bytes = -1;  // of the processes asked about, or of all where they can't be told
  double power_w = -1;
};

// NVIDIA's management library, as far as it is installed: loaded when it is opened, never linked.
// Any call may hang with the driver.
class Nvml {
 public:
  // Whether there is such a library; no call into the driver is made to find out.
  static bool is_installed();
  // Null where there is no such library, or it finds no GPU.
  static std::unique_ptr<Nvml> open();
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  // The GPUs that one of these processes uses; all of them where the driver does not say who uses
  // them, or in a container, where it counts processes in another way than we do.
  [[nodiscard]] std::vector<GpuReading> read(std::span<const std::int32_t> processes) const;
  // All that each GPU has, in bytes; 0 where the driver does not tell.
  [[nodiscard]] std::vector<std::uint64_t> memory() const;

 private:
  struct Library;

  explicit Nvml(std::unique_ptr<Library> library);

  std::unique_ptr<Library> library_;
  std::vector<void*> devices_;
  bool knows_processes_ = false;
};

}  // namespace mlrepro::posix
