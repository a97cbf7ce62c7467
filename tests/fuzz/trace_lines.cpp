// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/trace_lines.hpp"
#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  for (const auto& access : mlrepro::format::parse_trace_lines(text).accesses) {
    const std::string line = mlrepro::format::to_trace_line(access);
    const auto again = mlrepro::format::parse_trace_lines(line);
    mlrepro::fuzz::require(
        again.bad == 0 && again.accesses.size() == 1 && again.accesses.front() == access,
        "an access is read as it was written: " + line);
  }
  return 0;
}
