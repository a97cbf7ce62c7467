// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::model {

// A moment in UTC, in milliseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t ms = 0;

  // The first and the last moment with a year of four digits: what parse_iso8601 reads back.
  static constexpr std::int64_t k_first_ms = -62'167'219'200'000;
  static constexpr std::int64_t k_last_ms = 253'402'300'799'999;

  // "2026-11-23T06:00:00.000Z"
  [[nodiscard]] std::string to_iso8601() const;
  static std::optional<Timestamp> parse_iso8601(std::string_view text);

  auto operator<=>(const Timestamp&) const = default;
};

// Seconds from start to end.
inline double seconds_between(Timestamp start, Timestamp end)
{
  return static_cast<double>(end.ms - start.ms) / 1000.0;
}

}  // namespace mlrepro::model
