// SPDX-License-Identifier: Apache-2.0
#include "format/metric_line.hpp"

#include <charconv>
#include <cstring>
#include <system_error>

namespace mlrepro::format {
namespace {

bool is_digit_at(const char* at, const char* end)
{
  return at != end && *at >= '0' && *at <= '9';
}

bool is_plain_character(char c)
{
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

}  // namespace

// With the space on both sides.
inline bool MetricLineReader::take(Cursor& cursor, char expected)
{
  const auto skip_space = [&cursor] {
    while (cursor.at != cursor.end && (*cursor.at == ' ' || *cursor.at == '\t')) {
      ++cursor.at;
    }
  };
  skip_space();
  if (cursor.at == cursor.end || *cursor.at != expected) {
    return false;
  }
  ++cursor.at;
  skip_space();
  return true;
}

// `quoted` with its quotes; nothing is taken where another word follows.
inline bool MetricLineReader::take_word(Cursor& cursor, std::string_view quoted)
{
  if (static_cast<std::size_t>(cursor.end - cursor.at) < quoted.size() ||
      std::memcmp(cursor.at, quoted.data(), quoted.size()) != 0) {
    return false;
  }
  cursor.at += quoted.size();
  return take(cursor, ':');
}

// A string without escapes or control characters.
inline bool MetricLineReader::take_plain_string(Cursor& cursor, std::string_view& value)
{
  if (cursor.at == cursor.end || *cursor.at != '"') {
    return false;
  }
  const char* const start = ++cursor.at;
  while (cursor.at != cursor.end && is_plain_character(*cursor.at)) {
    ++cursor.at;
  }
  if (cursor.at == cursor.end || *cursor.at != '"') {
    return false;
  }
  value = {start, static_cast<std::size_t>(cursor.at - start)};
  ++cursor.at;
  return true;
}

// A number that JSON allows and from_chars reads whole; the full parser is to judge all others.
template <typename Number>
inline bool MetricLineReader::take_number(Cursor& cursor, Number& value)
{
  const char* const first = cursor.at + (cursor.at != cursor.end && *cursor.at == '-' ? 1 : 0);
  if (!is_digit_at(first, cursor.end) || (*first == '0' && is_digit_at(first + 1, cursor.end))) {
    return false;
  }
  const auto [end, error] = std::from_chars(cursor.at, cursor.end, value);
  if (error != std::errc{} || *(end - 1) == '.') {
    return false;
  }
  const auto* const point = static_cast<const char*>(
      std::memchr(cursor.at, '.', static_cast<std::size_t>(end - cursor.at)));
  if (point != nullptr && !is_digit_at(point + 1, end)) {
    return false;
  }
  cursor.at = end;
  return true;
}

inline bool MetricLineReader::take_time(Cursor& cursor, model::Timestamp& time)
{
  std::string_view word;
  if (!take_plain_string(cursor, word)) {
    return false;
  }
  if (word.empty() || word != last_time_) {
    const auto parsed = model::Timestamp::parse_iso8601(word);
    if (!parsed) {
      return false;
    }
    last_time_ = word;
    last_ = *parsed;
  }
  time = last_;
  return true;
}

bool MetricLineReader::read(std::string_view line, model::MetricLogged& metric)
{
  Cursor cursor{line.data(), line.data() + line.size()};
  std::string_view name;
  if (!take(cursor, '{') || !take_word(cursor, R"("metric")") || !take_plain_string(cursor, name) ||
      name.empty() || name.size() > k_longest_name || !take(cursor, ',') ||
      !take_word(cursor, R"("value")") || !take_number(cursor, metric.value)) {
    return false;
  }
  bool more = take(cursor, ',');
  if (more && take_word(cursor, R"("step")")) {
    if (!take_number(cursor, metric.step.emplace())) {
      return false;
    }
    more = take(cursor, ',');
  }
  if (more && take_word(cursor, R"("time")")) {
    if (!take_time(cursor, metric.time.emplace())) {
      return false;
    }
    more = take(cursor, ',');
  }
  if (more || !take(cursor, '}') || cursor.at != cursor.end) {
    return false;
  }
  metric.key = name;
  return true;
}

}  // namespace mlrepro::format
