// SPDX-License-Identifier: Apache-2.0
#include "mlflow/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "mlflow/fields.hpp"
#include "mlflow/json_text.hpp"

namespace mlrepro::mlflow {
namespace {

bool is_plain(char character)
{
  return character >= ' ' && character <= '~' && character != '"' && character != '\\';
}

}  // namespace

void JsonWriter::separate()
{
  if (!is_first_) {
    text_ += ',';
  }
  is_first_ = false;
}

void JsonWriter::begin(char bracket)
{
  separate();
  text_ += bracket;
  is_first_ = true;
}

void JsonWriter::end(char bracket)
{
  text_ += bracket;
  is_first_ = false;
}

void JsonWriter::name(std::string_view name)
{
  separate();
  text_ += '"';
  text_ += name;
  text_ += "\":";
  is_first_ = true;
}

void JsonWriter::text(std::string_view value)
{
  if (!std::all_of(value.begin(), value.end(), is_plain)) {
    raw(json_text(value));
    return;
  }
  separate();
  text_ += '"';
  text_ += value;
  text_ += '"';
}

void JsonWriter::number(double value)
{
  if (!std::isfinite(value)) {
    raw(json_text(number_json(value)));
    return;
  }
  // The digits that Json::dump writes; std::to_chars writes "1" where that has "1.0".
  std::array<char, 64> digits;
  const char* end = nlohmann::detail::to_chars(digits.data(), digits.data() + digits.size(), value);
  raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void JsonWriter::number(std::int64_t value)
{
  std::array<char, 32> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  raw({digits.data(), static_cast<std::size_t>(result.ptr - digits.data())});
}

void JsonWriter::raw(std::string_view json)
{
  separate();
  text_ += json;
}

}  // namespace mlrepro::mlflow
