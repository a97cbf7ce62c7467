// SPDX-License-Identifier: Apache-2.0
#include "format/base64.hpp"

#include <cstddef>

namespace mlrepro::format {

std::string to_base64(std::string_view bytes)
{
  constexpr std::string_view k_digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t offset) {
      return i + offset < bytes.size() ? static_cast<unsigned char>(bytes[i + offset]) : 0U;
    };
    const unsigned group = (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
    text += k_digits[(group >> 18U) & 63U];
    text += k_digits[(group >> 12U) & 63U];
    text += i + 1 < bytes.size() ? k_digits[(group >> 6U) & 63U] : '=';
    text += i + 2 < bytes.size() ? k_digits[group & 63U] : '=';
  }
  return text;
}

}  // namespace mlrepro::format
