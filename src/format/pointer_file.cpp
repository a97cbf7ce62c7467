// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/pointer_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

constexpr std::string_view k_magic = "mlrepro-snapshot ";
constexpr std::string_view k_version = "1";

[[noreturn]] void refuse(std::size_t line, const std::string& why)
{
  throw model::Error(model::ErrorKind::corrupt,
                     "pointer file, line " + std::to_string(line) + ": " + why);
}

std::string_view take_line(std::string_view& text)
{
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

std::string_view expect(std::string_view line, std::string_view key, std::size_t number)
{
  if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') {
    refuse(number, "expected '" + std::string(key) + " …'");
  }
  return line.substr(key.size() + 1);
}

model::Digest expect_digest(std::string_view line, std::string_view key, std::size_t number)
{
  const auto digest = model::Digest::parse(expect(line, key, number));
  if (!digest) {
    refuse(number, "'" + std::string(key) + "' is no SHA-256");
  }
  return *digest;
}

std::uint64_t expect_number(std::string_view line, std::string_view key, std::size_t number)
{
  const std::string_view digits = expect(line, key, number);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    refuse(number, "'" + std::string(key) + "' is no number");
  }
  return value;
}

}  // namespace

std::string encode_pointer(const PointerFile& pointer)
{
  return std::string(k_magic) + std::string(k_version) + "\nid " + pointer.id.hex() + "\ndigest " +
         pointer.digest.to_string() + "\nfiles " + std::to_string(pointer.files) + "\nbytes " +
         std::to_string(pointer.bytes) + "\n";
}

bool looks_like_pointer(std::string_view text)
{
  return text.starts_with(k_magic);
}

PointerFile decode_pointer(std::string_view text)
{
  const std::string_view first = take_line(text);
  if (!first.starts_with(k_magic)) {
    refuse(1, "not a pointer file");
  }
  if (first.substr(k_magic.size()) != k_version) {
    refuse(1, "version '" + std::string(first.substr(k_magic.size())) +
                  "' is newer than this mlrepro knows");
  }
  PointerFile pointer;
  pointer.id = expect_digest(take_line(text), "id", 2);
  pointer.digest = expect_digest(take_line(text), "digest", 3);
  pointer.files = expect_number(take_line(text), "files", 4);
  pointer.bytes = expect_number(take_line(text), "bytes", 5);
  if (!text.empty()) {
    refuse(6, "unexpected text");
  }
  return pointer;
}

}  // namespace mlrepro::format
