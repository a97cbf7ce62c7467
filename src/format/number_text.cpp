// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/number_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace mlrepro::format {
namespace {

bool equals_ignoring_case(std::string_view text, std::string_view lower)
{
  if (text.size() != lower.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c =
        text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) {
      return false;
    }
  }
  return true;
}

// Fixed notation with `decimals` digits behind the point.
std::string fixed(double value, int decimals)
{
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

// The power of ten of the first digit of a decimal that is not zero: 2 for "123", -3 for "0.001".
// Saturates, since the exponent may itself be too long for a number.
std::int64_t decimal_magnitude(std::string_view text)
{
  const std::size_t end = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, end);
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  const auto first =
      static_cast<std::int64_t>(std::min(digits.find_first_not_of("0."), digits.size()));
  const std::int64_t magnitude = first < point ? point - first - 1 : point - first;
  std::string_view exponent = text.substr(std::min(end + 1, text.size()));
  const bool negative = exponent.starts_with('-');
  exponent.remove_prefix(negative || exponent.starts_with('+') ? 1 : 0);
  std::int64_t power = 0;
  for (const char digit : exponent) {
    power = std::min<std::int64_t>(power * 10 + (digit - '0'),
                                   std::numeric_limits<std::int32_t>::max());
  }
  return magnitude + (negative ? -power : power);
}

std::string two_digits(long long value)
{
  return (value < 10 ? "0" : "") + std::to_string(value);
}

}  // namespace

std::string to_text(double value)
{
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "Infinity" : "-Infinity";
  }
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

std::optional<double> parse_number(std::string_view text)
{
  const bool signed_text = text.starts_with('+') || text.starts_with('-');
  const bool negative = text.starts_with('-');
  const std::string_view bare = signed_text ? text.substr(1) : text;
  if (equals_ignoring_case(bare, "nan") || equals_ignoring_case(bare, ".nan")) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (equals_ignoring_case(bare, "inf") || equals_ignoring_case(bare, ".inf") ||
      equals_ignoring_case(bare, "infinity")) {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (bare.empty() || !((bare[0] >= '0' && bare[0] <= '9') || bare[0] == '.')) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(bare.data(), bare.data() + bare.size(), value);
  if (end != bare.data() + bare.size()) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone, whether it was too large or too small.
    value = decimal_magnitude(bare) < 0 ? 0 : std::numeric_limits<double>::infinity();
  } else if (error != std::errc{}) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

std::optional<std::int64_t> parse_integer(std::string_view text)
{
  if (text.starts_with('+') && !text.starts_with("+-")) {
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> whole_number(double value)
{
  // The bounds are powers of two, and so exact; NaN is within none.
  if (!(value >= -0x1p63 && value < 0x1p63) || value != std::trunc(value)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

std::string human_bytes(std::uint64_t bytes)
{
  if (bytes < 1000) {
    return std::to_string(bytes) + " B";
  }
  constexpr std::array<const char*, 6> k_units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1000; value >= 999.95 && unit + 1 < k_units.size(); value /= 1000) {
    ++unit;
  }
  return fixed(value, 1) + " " + k_units[unit];
}

std::string counted(std::uint64_t count, std::string_view singular)
{
  return std::to_string(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
}

std::string human_duration(double seconds)
{
  if (seconds < 0.9995) {
    return fixed(seconds * 1000, 0) + " ms";
  }
  if (seconds < 59.95) {
    return fixed(seconds, 1) + " s";
  }
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) {
    return std::to_string(whole / 60) + " min " + two_digits(whole % 60) + " s";
  }
  return std::to_string(whole / 3600) + " h " + two_digits(whole / 60 % 60) + " min";
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text)
{
  constexpr std::int64_t k_day = 24LL * 3600 * 1000;
  constexpr std::int64_t k_longest = 36'500 * k_day;  // no need for more, and no overflow
  if (text == "0") {
    return 0;
  }
  if (text.size() < 2 || text.size() > 8) {
    return std::nullopt;
  }
  const char unit = text.back();
  const std::int64_t ms = unit == 'w'   ? 7 * k_day
                          : unit == 'd' ? k_day
                          : unit == 'h' ? 3600 * 1000
                          : unit == 'm' ? 60 * 1000
                          : unit == 's' ? 1000
                                        : 0;
  const std::string_view digits = text.substr(0, text.size() - 1);
  if (ms == 0 || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::min(*parse_integer(digits) * ms, k_longest);
}

}  // namespace mlrepro::format
