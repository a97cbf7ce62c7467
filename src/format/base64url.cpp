// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/base64url.hpp"

#include <cstddef>
#include <cstdint>

namespace mlrepro::format {
namespace {

constexpr std::string_view k_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string to_base64url(std::string_view bytes)
{
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char byte : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) {
      text += k_digits[(bits >> (count - 6)) & 63U];
    }
  }
  if (count > 0) {
    text += k_digits[(bits << (6 - count)) & 63U];
  }
  return text;
}

std::optional<std::string> from_base64url(std::string_view text)
{
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char character : text) {
    const std::size_t digit = k_digits.find(character);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>((bits >> count) & 255U);
    }
  }
  return bytes;
}

}  // namespace mlrepro::format
