// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/timestamp.hpp"

#include <array>

namespace mlrepro::model {
namespace {

constexpr std::int64_t k_ms_per_day = 86'400'000;

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back.
// From Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day)
{
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

struct Date {
  std::int64_t year, month, day;
};

Date civil_from_days(std::int64_t days)
{
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const std::int64_t month = shifted_month + (shifted_month < 10 ? 3 : -9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

bool is_date(std::int64_t year, std::int64_t month, std::int64_t day)
{
  if (month < 1 || month > 12 || day < 1) {
    return false;
  }
  const Date same = civil_from_days(days_from_civil(year, month, day));
  return same.month == month && same.day == day;
}

// Reads exactly `width` digits at the front of `text`.
std::optional<std::int64_t> take_number(std::string_view& text, std::size_t width)
{
  if (text.size() < width) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char digit : text.substr(0, width)) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    value = value * 10 + (digit - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char expected)
{
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_milliseconds(std::string_view& text)
{
  std::int64_t value = 0;
  std::int64_t scale = 100;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * scale;
    scale /= 10;
    ++digits;
    text.remove_prefix(1);
  }
  return digits == 0 ? std::nullopt : std::optional(value);
}

// Digits with zeros in front, `width` of them.
void put_number(std::string& out, std::int64_t value, std::size_t width)
{
  std::array<char, 20> digits{};
  for (std::size_t i = width; i > 0; value /= 10) {
    digits[--i] = static_cast<char>('0' + value % 10);
  }
  out.append(digits.data(), width);
}

}  // namespace

std::string Timestamp::to_iso8601() const
{
  std::int64_t days = ms / k_ms_per_day;
  std::int64_t rest = ms % k_ms_per_day;
  if (rest < 0) {
    rest += k_ms_per_day;
    --days;
  }
  const Date date = civil_from_days(days);
  // Beyond four digits a year has as many as it needs, and its sign.
  const bool usual = date.year >= 0 && date.year <= 9999;
  std::string text = usual ? std::string() : std::to_string(date.year);
  if (usual) {
    put_number(text, date.year, 4);
  }
  const std::array<std::int64_t, 6> parts = {date.month,         date.day,         rest / 3'600'000,
                                             rest / 60'000 % 60, rest / 1000 % 60, rest % 1000};
  constexpr std::string_view k_marks = "--T::.";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += k_marks[i];
    put_number(text, parts[i], k_marks[i] == '.' ? 3 : 2);
  }
  return text + "Z";
}

std::optional<Timestamp> Timestamp::parse_iso8601(std::string_view text)
{
  const auto year = take_number(text, 4);
  const auto month = year && take(text, '-') ? take_number(text, 2) : std::nullopt;
  const auto day = month && take(text, '-') ? take_number(text, 2) : std::nullopt;
  const auto hour =
      day && (take(text, 'T') || take(text, ' ')) ? take_number(text, 2) : std::nullopt;
  const auto minute = hour && take(text, ':') ? take_number(text, 2) : std::nullopt;
  const auto second = minute && take(text, ':') ? take_number(text, 2) : std::nullopt;
  if (!second || !is_date(*year, *month, *day) || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  std::int64_t milliseconds = 0;
  if (take(text, '.')) {
    const auto fraction = take_milliseconds(text);
    if (!fraction) {
      return std::nullopt;
    }
    milliseconds = *fraction;
  }
  if (text != "Z" && text != "+00:00") {
    return std::nullopt;
  }
  const std::int64_t days = days_from_civil(*year, *month, *day);
  const Timestamp time{days * k_ms_per_day + *hour * 3'600'000 + *minute * 60'000 + *second * 1000 +
                       milliseconds};
  // The leap second after the last moment has no text of its own.
  return time.ms <= k_last_ms ? std::optional(time) : std::nullopt;
}

}  // namespace mlrepro::model
