// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/follow_events.hpp"

#include <span>
#include <string_view>
#include <utility>

#include "mlrepro/format/event_lines.hpp"
#include "tracking/live_log.hpp"

namespace mlrepro::tracking {
namespace {

constexpr std::size_t k_buffer = 262'144;

}  // namespace

EventFollower::EventFollower(const Ports& ports, const model::RunId& id, Visit visit)
    : ports_(ports), visit_(std::move(visit))
{
  const ports::LivePaths paths = ports.live.paths(id);
  sources_[0].path = paths.metrics;
  sources_[1].path = paths.events;
  sources_[2].path = paths.resources;
}

void EventFollower::read_live()
{
  for (Source& source : sources_) {
    if (!source.file) {
      source.file = open_live_file(ports_.data.files, source.path);
    }
    if (source.file) {
      read(source);
    }
  }
}

void EventFollower::finish()
{
  read_live();
  for (Source& source : sources_) {
    for (const model::RunEvent& event : format::parse_event_lines(source.rest).events) {
      visit_(event);
    }
    source.rest.clear();
  }
}

void EventFollower::read(Source& source)
{
  std::string piece(k_buffer, '\0');
  while (const std::size_t size = source.file->read(std::as_writable_bytes(std::span(piece)))) {
    source.rest.append(piece, 0, size);
    const std::size_t end = source.rest.rfind('\n');
    if (end == std::string::npos) {
      continue;
    }
    const std::string_view lines = std::string_view(source.rest).substr(0, end + 1);
    for (const model::RunEvent& event : format::parse_event_lines(lines).events) {
      visit_(event);
    }
    source.rest.erase(0, end + 1);
  }
}

}  // namespace mlrepro::tracking
