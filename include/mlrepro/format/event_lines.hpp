// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run_event.hpp"

namespace mlrepro::format {

struct BadLine {
  std::size_t line = 0;  // counted from the first one's number on
  std::string problem;
};

struct EventLines {
  std::vector<model::RunEvent> events;
  std::vector<BadLine> bad;
  std::size_t next_line = 1;  // the number of the line that follows, if there is one
};

// The JSON lines of $MLREPRO_METRICS, `log --stdin` and live records:
//   {"metric":"loss","value":0.3,"step":7,"time":"2026-11-23T06:00:00.000Z"}
//   {"loss":0.3,"acc":0.9,"step":7}        several metrics at once
//   {"param":"lr","value":0.1}  {"tag":"k","value":"v"}  {"note":"text"}
//   {"artifact":"plot.png","digest":"sha256:…","bytes":12}
// NaN, Infinity and -Infinity stand as such or in quotes. A bad line is reported, never thrown.
// Text that comes in pieces of whole lines has a `first_line` for each: the one before's next_line.
EventLines parse_event_lines(std::string_view text, std::size_t first_line = 1);

// One line, with its line feed.
std::string encode_event(const model::RunEvent& event);

// The lines of all; metrics without a time of their own get `now`.
std::string encode_events(const std::vector<model::RunEvent>& events, model::Timestamp now);

// Throws Error{usage} for a name that no metric, parameter or tag can have: empty, over 500 bytes,
// with control characters, or not UTF-8.
void check_name(std::string_view what, std::string_view name);

}  // namespace mlrepro::format
