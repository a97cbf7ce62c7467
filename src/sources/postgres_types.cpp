// SPDX-License-Identifier: Apache-2.0
#include "sources/postgres_types.hpp"

#include <algorithm>

namespace mlrepro::sources {
namespace {

// Of pg_type.dat; these numbers never change.
enum Oid : std::uint32_t {
  k_bool = 16,
  k_int8 = 20,
  k_int2 = 21,
  k_int4 = 23,
  k_oid = 26,
  k_float4 = 700,
  k_float8 = 701,
  k_date = 1082,
  k_time = 1083,
  k_timestamp = 1114,
  k_timestamptz = 1184,
  k_numeric = 1700,
};

// The modifier of numeric(p,s) is p * 65536 + s + 4, with s in 11 bits and a sign.
std::string numeric_type(int modifier)
{
  constexpr int k_most_digits = 38;
  const int value = modifier - 4;
  const int precision = value >> 16;
  const int scale = ((value & 0x7ff) ^ 1024) - 1024;
  if (modifier < 4 || precision > k_most_digits || scale < 0 || scale > precision) {
    return "DECIMAL";
  }
  return "DECIMAL(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
}

int digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

std::string from_hex(std::string_view text)
{
  text.remove_prefix(text.starts_with("\\x") ? 2 : 0);
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return bytes;
}

// Of the letter behind a backslash; the server writes no others.
char unescaped(char c)
{
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return c;
  }
}

}  // namespace

std::string stored_type(std::uint32_t oid, int modifier)
{
  switch (oid) {
    case k_bool:
      return "BOOLEAN";
    case k_int2:
      return "SMALLINT";
    case k_int4:
      return "INTEGER";
    case k_int8:
    case k_oid:
      return "BIGINT";
    case k_float4:
      return "FLOAT";
    case k_float8:
      return "DOUBLE";
    case k_numeric:
      return numeric_type(modifier);
    case k_date:
      return "DATE";
    case k_time:
      return "TIME";
    case k_timestamp:
      return "TIMESTAMP";
    case k_timestamptz:
      return "TIMESTAMP WITH TIME ZONE";
    case k_bytea:
      return "BLOB";
    default:
      return "VARCHAR";
  }
}

bool CopyLine::next(ports::SourceCell& cell, bool bytes)
{
  if (done_) {
    return false;
  }
  const std::size_t end = std::min(line_.find_first_of("\t\n", at_), line_.size());
  const std::string_view field = line_.substr(at_, end - at_);
  done_ = end >= line_.size() || line_[end] == '\n';
  at_ = end + 1;
  cell.text.clear();
  if (field == "\\N") {
    cell.kind = ports::CellKind::nothing;
    return true;
  }
  if (field.find('\\') == std::string::npos) {
    cell.text = field;
  } else {
    for (std::size_t i = 0; i < field.size(); ++i) {
      const bool escape = field[i] == '\\' && i + 1 < field.size();
      cell.text += escape ? unescaped(field[++i]) : field[i];
    }
  }
  cell.kind = bytes ? ports::CellKind::bytes : ports::CellKind::text;
  if (bytes) {
    cell.text = from_hex(cell.text);
  }
  return true;
}

}  // namespace mlrepro::sources
