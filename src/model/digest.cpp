// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/digest.hpp"

#include "mlrepro/model/hex.hpp"

namespace mlrepro::model {
namespace {

int hex_value(char c)
{
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

}  // namespace

std::optional<Digest> Digest::parse(std::string_view text)
{
  constexpr std::string_view k_prefix = "sha256:";
  if (text.starts_with(k_prefix)) {
    text.remove_prefix(k_prefix.size());
  }
  if (text.size() != 2 * k_size) {
    return std::nullopt;
  }
  Bytes bytes{};
  for (std::size_t i = 0; i < k_size; ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Digest(bytes);
}

std::string Digest::hex() const
{
  std::string text;
  text.reserve(2 * k_size);
  for (const std::uint8_t byte : bytes_) {
    append_hex(text, byte);
  }
  return text;
}

}  // namespace mlrepro::model
