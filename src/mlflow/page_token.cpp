// SPDX-License-Identifier: Apache-2.0
#include "mlflow/page_token.hpp"

#include <cstdint>
#include <string_view>

#include "mlflow/fields.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::string_view k_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string to_page_token(const std::string& place)
{
  std::string token;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char character : place) {
    bits = (bits << 8U) | static_cast<unsigned char>(character);
    for (count += 8; count >= 6; count -= 6) {
      token += k_digits[(bits >> (count - 6)) & 63U];
    }
  }
  if (count > 0) {
    token += k_digits[(bits << (6 - count)) & 63U];
  }
  return token;
}

std::string from_page_token(const std::string& token)
{
  std::string place;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char character : token) {
    const std::size_t digit = k_digits.find(character);
    if (digit == std::string_view::npos) {
      refuse("Invalid page token, could not base64-decode");
    }
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      place += static_cast<char>((bits >> count) & 255U);
    }
  }
  return place;
}

}  // namespace mlrepro::mlflow
