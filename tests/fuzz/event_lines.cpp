// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/event_lines.hpp"
#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  for (const mlrepro::model::RunEvent& event : mlrepro::format::parse_event_lines(text).events) {
    const std::string line = mlrepro::format::encode_event(event);
    const auto again = mlrepro::format::parse_event_lines(line);
    mlrepro::fuzz::require(again.bad.empty() && again.events.size() == 1 &&
                               mlrepro::format::encode_event(again.events[0]) == line,
                           "an event is read as it was written: " + line);
  }
  return 0;
}
