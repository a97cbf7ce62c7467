// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::format {

// The shortest decimal text that reads back as the same double: "0.1", "NaN", "-Infinity".
std::string to_text(double value);

// A whole number or decimal, or any usual spelling of NaN and infinity (YAML's ".inf" is one);
// nothing may follow. What is too large for a double is infinite, what is too small is 0.
std::optional<double> parse_number(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

// The same as an integer; absent where there is a fraction or no room for it.
std::optional<std::int64_t> whole_number(double value);

// "1.2 MB" (powers of 1000) and "41.2 s", "3 min 02 s", "2 h 03 min".
std::string human_bytes(std::uint64_t bytes);
std::string human_duration(double seconds);

// "1 pack", "3 packs".
std::string counted(std::uint64_t count, std::string_view singular);

// "2w", "14d", "12h", "30m", "45s" in milliseconds; "0" needs no unit.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

}  // namespace mlrepro::format
