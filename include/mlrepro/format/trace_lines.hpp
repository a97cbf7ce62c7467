// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/file_access.hpp"

namespace mlrepro::format {

// One line, with its line feed, of a running run's trace.log (docs/format.md).
std::string to_trace_line(const model::FileAccess& access);

struct TraceLines {
  std::vector<model::FileAccess> accesses;
  std::size_t bad = 0;  // lines that don't parse, such as a last one that was cut off
};

TraceLines parse_trace_lines(std::string_view text);

}  // namespace mlrepro::format
