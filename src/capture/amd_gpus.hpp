// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mlrepro::capture {

struct AmdGpu {
  std::string model;               // "AMD Instinct MI210", or "AMD 0x740f" where it has no name
  std::uint64_t memory_bytes = 0;  // its own

  bool operator==(const AmdGpu&) const = default;
};

// Those that the kernel's driver amdgpu runs, in its order, as /sys tells. `root` is put before
// every path that is read.
std::vector<AmdGpu> amd_gpus(const std::string& root = {});

}  // namespace mlrepro::capture
