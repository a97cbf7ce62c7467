// SPDX-License-Identifier: Apache-2.0
#include "analysis/cell_shapes.hpp"

#include <array>
#include <cstddef>

namespace mlrepro::analysis {
namespace {

using plan::ColumnKind;

constexpr std::size_t k_short_digits = 15;
constexpr std::size_t k_most_digits = 18;     // any number of so many fits 64 bits
constexpr std::size_t k_longest_number = 40;  // characters, so that none overflows
constexpr std::size_t k_most_exponent_digits = 2;
constexpr std::size_t k_date_length = 10;
constexpr std::size_t k_most_second_parts = 6;

bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z';
}

std::size_t digits_from(std::string_view cell, std::size_t at)
{
  const std::size_t begin = at;
  while (at < cell.size() && is_digit(cell[at])) {
    ++at;
  }
  return at - begin;
}

// Of digits only.
int value_of(std::string_view digits)
{
  int value = 0;
  for (const char c : digits) {
    value = value * 10 + (c - '0');
  }
  return value;
}

bool is_number(std::string_view cell, std::size_t at)
{
  if (at < cell.size() && cell[at] == '.') {
    const std::size_t places = digits_from(cell, at + 1);
    if (places == 0) {
      return false;
    }
    at += 1 + places;
  }
  if (at < cell.size() && (cell[at] == 'e' || cell[at] == 'E')) {
    ++at;
    at += at < cell.size() && (cell[at] == '-' || cell[at] == '+') ? 1 : 0;
    const std::size_t digits = digits_from(cell, at);
    if (digits == 0 || digits > k_most_exponent_digits) {
      return false;
    }
    at += digits;
  }
  return at == cell.size();
}

bool is_date(std::string_view cell)
{
  if (cell.size() != k_date_length || cell[4] != '-' || cell[7] != '-' ||
      digits_from(cell, 0) != 4 || digits_from(cell, 5) != 2 || digits_from(cell, 8) != 2) {
    return false;
  }
  constexpr std::array k_days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = value_of(cell.substr(0, 4));
  const int month = value_of(cell.substr(5, 2));
  const int day = value_of(cell.substr(8, 2));
  if (year < 1 || month < 1 || month > 12 || day < 1) {
    return false;
  }
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= k_days[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

// "12:30", "12:30:05" or "12:30:05.25"
bool is_time(std::string_view text)
{
  if (text.size() < 5 || digits_from(text, 0) != 2 || text[2] != ':' || digits_from(text, 3) != 2 ||
      value_of(text.substr(0, 2)) > 23 || value_of(text.substr(3, 2)) > 59) {
    return false;
  }
  if (text.size() == 5) {
    return true;
  }
  if (text.size() < 8 || text[5] != ':' || digits_from(text, 6) != 2 ||
      value_of(text.substr(6, 2)) > 59) {
    return false;
  }
  if (text.size() == 8) {
    return true;
  }
  const std::size_t parts = digits_from(text, 9);
  return text[8] == '.' && parts > 0 && parts <= k_most_second_parts && 9 + parts == text.size();
}

CellShape shape_of_digits(std::string_view cell)
{
  const std::size_t sign = cell.front() == '-' ? 1 : 0;
  const std::size_t digits = digits_from(cell, sign);
  const std::size_t end = sign + digits;
  const bool padded = digits > 1 && cell[sign] == '0';
  if (digits > 0 && !padded) {
    if (end == cell.size()) {
      const bool negative_zero = sign == 1 && cell[sign] == '0';
      return negative_zero || digits > k_most_digits ? CellShape::other
             : digits > k_short_digits               ? CellShape::long_whole
                                                     : CellShape::short_whole;
    }
    if (cell.size() <= k_longest_number && is_number(cell, end)) {
      return CellShape::number;
    }
  }
  if (cell.size() >= k_date_length && is_date(cell.substr(0, k_date_length))) {
    if (cell.size() == k_date_length) {
      return CellShape::date;
    }
    const char between = cell[k_date_length];
    if ((between == ' ' || between == 'T') && is_time(cell.substr(k_date_length + 1))) {
      return CellShape::moment;
    }
  }
  return CellShape::other;
}

bool begins_with(std::string_view cell, std::string_view lower)
{
  if (cell.size() < lower.size()) {
    return false;
  }
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if ((cell[i] | 0x20) != lower[i]) {
      return false;
    }
  }
  return true;
}

// Numbers and dates have names: inf, nan, infinity, epoch.
CellShape shape_of_word(std::string_view cell)
{
  if ((cell.size() == 4 && begins_with(cell, "true")) ||
      (cell.size() == 5 && begins_with(cell, "false"))) {
    return CellShape::truth;
  }
  const bool named =
      begins_with(cell, "inf") || begins_with(cell, "nan") || begins_with(cell, "epoch");
  return named ? CellShape::other : CellShape::word;
}

bool only(CellShapes shapes, CellShapes allowed)
{
  return (shapes & static_cast<CellShapes>(~allowed)) == 0;
}

}  // namespace

CellShape shape_of(std::string_view cell)
{
  const char first = cell.front();
  if (is_digit(first) || first == '-') {
    return shape_of_digits(cell);
  }
  return is_letter(first) ? shape_of_word(cell) : CellShape::other;
}

std::optional<ColumnKind> kind_of_shapes(CellShapes shapes, CellReader reader)
{
  constexpr CellShapes k_short = in_shapes(CellShape::short_whole);
  constexpr CellShapes k_whole = k_short | in_shapes(CellShape::long_whole);
  constexpr CellShapes k_date = in_shapes(CellShape::date);
  constexpr CellShapes k_moment = in_shapes(CellShape::moment);
  if (shapes == 0) {
    return ColumnKind::empty;
  }
  // One such cell is enough: it fits nothing else.
  if ((shapes & in_shapes(CellShape::word)) != 0) {
    return ColumnKind::text;
  }
  if (shapes == in_shapes(CellShape::truth)) {
    return ColumnKind::truth;
  }
  if (only(shapes, k_whole)) {
    return ColumnKind::integer;
  }
  if (only(shapes, k_short | in_shapes(CellShape::number))) {
    return ColumnKind::floating;
  }
  if (shapes == k_date) {
    return ColumnKind::date;
  }
  const bool mixed = reader == CellReader::compared && only(shapes, k_date | k_moment);
  return shapes == k_moment || mixed ? std::optional(ColumnKind::moment) : std::nullopt;
}

}  // namespace mlrepro::analysis
