// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/request_target.hpp"

#include <algorithm>

namespace mlrepro::format {
namespace {

std::optional<int> hex_value(char c)
{
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional<int>(lower - 'a' + 10) : std::nullopt;
}

// The byte that "%41" at the beginning of the text stands for.
std::optional<char> encoded_byte(std::string_view text)
{
  if (text.size() < 3 || text[0] != '%') {
    return std::nullopt;
  }
  const auto high = hex_value(text[1]);
  const auto low = hex_value(text[2]);
  return high && low ? std::optional(static_cast<char>(*high * 16 + *low)) : std::nullopt;
}

bool is_unreserved(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::optional<std::string> decode_form(std::string_view text)
{
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text)
{
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const auto byte = encoded_byte(text.substr(at));
    if (!byte) {
      return std::nullopt;
    }
    decoded += *byte;
    at += 2;
  }
  return decoded;
}

std::string percent_decode_leniently(std::string_view text)
{
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = encoded_byte(text.substr(at));
    decoded += byte.value_or(text[at]);
    at += byte ? 2 : 0;
  }
  return decoded;
}

std::string percent_encode(std::string_view text, std::string_view also_kept)
{
  constexpr std::string_view k_digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(c) || also_kept.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += k_digits[byte / 16];
      encoded += k_digits[byte % 16];
    }
  }
  return encoded;
}

std::string RequestTarget::value(std::string_view key) const
{
  const auto found = std::find_if(query.begin(), query.end(),
                                  [key](const auto& entry) { return entry.first == key; });
  return found == query.end() ? std::string() : found->second;
}

bool RequestTarget::has(std::string_view key) const
{
  return std::any_of(query.begin(), query.end(),
                     [key](const auto& entry) { return entry.first == key; });
}

std::optional<RequestTarget> parse_request_target(std::string_view target)
{
  const bool fit = std::all_of(target.begin(), target.end(),
                               [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!fit || !target.starts_with('/')) {
    return std::nullopt;
  }
  const std::size_t mark = target.find('?');
  RequestTarget parsed;
  parsed.path = std::string(target.substr(0, mark));
  std::string_view rest =
      mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) {
      continue;
    }
    const std::size_t equals = pair.find('=');
    auto key = decode_form(pair.substr(0, equals));
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : decode_form(pair.substr(equals + 1));
    if (!key || !value) {
      return std::nullopt;
    }
    parsed.query.emplace_back(std::move(*key), std::move(*value));
  }
  return parsed;
}

}  // namespace mlrepro::format
