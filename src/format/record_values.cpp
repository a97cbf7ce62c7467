// SPDX-License-Identifier: Apache-2.0
#include "format/record_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/hex.hpp"
#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::format::records {

void refuse(const std::string& what)
{
  throw model::Error(model::ErrorKind::corrupt, "a record can't be read: " + what);
}

json put_text(const std::string& text)
{
  if (is_utf8(text)) {
    return text;
  }
  std::string hex;
  for (const char character : text) {
    model::append_hex(hex, static_cast<std::uint8_t>(character));
  }
  return json{{"hex", hex}};
}

std::string take_text(const json& value)
{
  if (value.is_string()) {
    return value.get<std::string>();
  }
  const auto hex = value.at("hex").get<std::string>();
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned byte = 0;
    const char* from = hex.data() + i;
    const char* to = hex.data() + std::min(i + 2, hex.size());
    const auto read = std::from_chars(from, to, byte, 16);
    if (read.ec != std::errc{} || read.ptr != from + 2) {
      refuse("a text in hexadecimal digits is none");
    }
    text += static_cast<char>(byte);
  }
  return text;
}

json put_number(double value)
{
  return std::isfinite(value) ? json(value) : json(to_text(value));
}

double take_number(const json& value)
{
  if (value.is_number()) {
    return value.get<double>();
  }
  const auto number = parse_number(value.get<std::string>());
  if (!number) {
    refuse("a number is none");
  }
  return *number;
}

model::Digest take_digest(const json& value)
{
  const auto digest = model::Digest::parse(value.get<std::string>());
  if (!digest) {
    refuse("a digest is none");
  }
  return *digest;
}

model::RunId take_run_id(const json& value)
{
  const auto id = model::RunId::parse(value.get<std::string>());
  if (!id) {
    refuse("the id of a run is none");
  }
  return *id;
}

model::Timestamp take_time(const json& value)
{
  const model::Timestamp time{take_whole<std::int64_t>(value)};
  if (time.ms < model::Timestamp::k_first_ms || time.ms > model::Timestamp::k_last_ms) {
    refuse("a time is out of range");
  }
  return time;
}

std::string take_label(const json& value)
{
  std::string label = take_text(value);
  const bool control = std::any_of(label.begin(), label.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control) {
    refuse("a name has control characters");
  }
  return label;
}

std::string take_path(const json& value)
{
  std::string path = take_text(value);
  if (path == "." || path == "/") {
    return path;
  }
  try {
    (void)model::RepoPath::parse(path.starts_with('/') ? std::string_view(path).substr(1) : path);
  } catch (const model::Error& error) {
    refuse(error.message());
  }
  if (path.empty()) {
    refuse("a path is empty");
  }
  return path;
}

}  // namespace mlrepro::format::records
