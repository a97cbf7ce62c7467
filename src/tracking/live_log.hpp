// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mlrepro/tracking/ports.hpp"

// Files of a run that is still being written, or sealed at any moment (docs/format.md, "Live
// records").
namespace mlrepro::tracking {

// Null when there is no such file, or not any more.
std::unique_ptr<ports::OpenFile> open_live_file(const ports::FileTree& files,
                                                const std::string& path);

// A line of log.index: bytes that were logged at once.
struct LogIndexLine {
  std::int64_t ms = 0;  // after the run's start
  int stream = 1;       // 1 stdout, 2 stderr
  std::uint64_t bytes = 0;
};

// "<ms> <stream> <bytes>"; absent for a line that a crash cut off, which says nothing.
std::optional<LogIndexLine> parse_log_index_line(std::string_view line);

}  // namespace mlrepro::tracking
