// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posix/nvml.hpp"
#include "posix/tree_usage.hpp"

namespace mlrepro::posix {

struct ResourceSample {
  std::int64_t number = 0;
  std::int64_t time_ms = 0;  // since 1970, UTC
  double cpu_percent = 0;    // of one core, since the sample before
  TreeReading tree;
  std::vector<GpuReading> gpus;
};

// As an event line of metrics (docs/format.md), named as in docs/resources.md, with its line feed.
std::string to_line(const ResourceSample& sample);

}  // namespace mlrepro::posix
