// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/hex.hpp"

#include <string_view>

namespace mlrepro::model {

void append_hex(std::string& text, std::uint8_t byte)
{
  constexpr std::string_view k_digits = "0123456789abcdef";
  text += k_digits[byte >> 4U];
  text += k_digits[byte & 15U];
}

}  // namespace mlrepro::model
