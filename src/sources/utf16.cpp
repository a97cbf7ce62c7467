// SPDX-License-Identifier: Apache-2.0
#include "sources/utf16.hpp"

#include <array>
#include <cstdint>

#include "mlrepro/format/json_text.hpp"

namespace mlrepro::sources {
namespace {

constexpr char32_t k_replacement = 0xFFFD;

char32_t decode(std::string_view sequence)
{
  constexpr std::array<unsigned, 5> k_masks = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t code = static_cast<unsigned char>(sequence.front()) & k_masks[sequence.size()];
  for (const char c : sequence.substr(1)) {
    code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return code;
}

void append_utf8(std::string& text, char32_t code)
{
  const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6U));
    add(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12U));
    add(0x80 | ((code >> 6U) & 0x3FU));
    add(0x80 | (code & 0x3FU));
  } else {
    add(0xF0 | (code >> 18U));
    add(0x80 | ((code >> 12U) & 0x3FU));
    add(0x80 | ((code >> 6U) & 0x3FU));
    add(0x80 | (code & 0x3FU));
  }
}

bool is_high(char16_t unit)
{
  return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low(char16_t unit)
{
  return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace

std::u16string to_utf16(std::string_view text)
{
  std::u16string result;
  while (!text.empty()) {
    const std::size_t length = format::utf8_length(text);
    const char32_t code = length == 0 ? k_replacement : decode(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
    if (code >= 0x10000) {
      result += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10U));
      result += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FFU));
    } else {
      result += static_cast<char16_t>(code);
    }
  }
  return result;
}

std::string to_utf8(std::u16string_view text)
{
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char16_t unit = text[i];
    if (is_high(unit) && i + 1 < text.size() && is_low(text[i + 1])) {
      append_utf8(result, 0x10000 + ((char32_t{unit} - 0xD800) << 10U) + (text[++i] - 0xDC00U));
    } else {
      append_utf8(result, is_high(unit) || is_low(unit) ? k_replacement : char32_t{unit});
    }
  }
  return result;
}

}  // namespace mlrepro::sources
