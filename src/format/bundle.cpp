// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/bundle.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using model::Error;
using model::ErrorKind;

using Block = std::array<std::byte, k_bundle_block>;

// Fields of a ustar header: offset and length.
struct Field {
  std::size_t at;
  std::size_t length;
};
constexpr Field k_name{0, 100};
constexpr Field k_mode{100, 8};
constexpr Field k_uid{108, 8};
constexpr Field k_gid{116, 8};
constexpr Field k_size{124, 12};
constexpr Field k_mtime{136, 12};
constexpr Field k_checksum{148, 8};
constexpr std::size_t k_type_at = 156;
constexpr Field k_magic{257, 8};
constexpr Field k_prefix{345, 155};  // the folder, of a name that is too long for its field
constexpr std::string_view k_ustar{"ustar\00000", 8};
constexpr std::uint64_t k_largest = (std::uint64_t{1} << 33U) - 1;  // 11 octal digits

void put_text(Block& block, Field field, std::string_view text)
{
  std::memcpy(block.data() + field.at, text.data(), std::min(text.size(), field.length));
}

// Zero-padded octal digits with a NUL at the end.
void put_octal(Block& block, Field field, std::uint64_t value)
{
  for (std::size_t i = field.length - 1; i-- > 0; value >>= 3U) {
    block[field.at + i] = static_cast<std::byte>('0' + (value & 7U));
  }
}

std::uint64_t checksum_of(const Block& block)
{
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= k_checksum.at && i < k_checksum.at + k_checksum.length;
    sum += own ? std::uint64_t{' '} : std::to_integer<std::uint64_t>(block[i]);
  }
  return sum;
}

bool is_plain(std::string_view part)
{
  return !part.empty() && part.front() != '.' && part.front() != '-' &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

// "<folder>/<name>" in lower-case letters, digits, '-' and '.'.
bool is_member_name(std::string_view name)
{
  if (name == k_remote_marker) {
    return true;
  }
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos && slash <= k_prefix.length &&
         name.size() - slash - 1 <= k_name.length && is_plain(name.substr(0, slash)) &&
         is_plain(name.substr(slash + 1));
}

std::string text_of(const Block& block, Field field)
{
  const auto* text = reinterpret_cast<const char*>(block.data()) + field.at;
  return {text, ::strnlen(text, field.length)};
}

std::string name_of(const Block& block)
{
  const std::string folder = text_of(block, k_prefix);
  const std::string name = text_of(block, k_name);
  return folder.empty() ? name : folder + "/" + name;
}

bool is_zero(std::span<const std::byte> bytes)
{
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

[[noreturn]] void refuse(std::uint64_t at, const std::string& what)
{
  throw Error(ErrorKind::corrupt,
              "is no bundle of mlrepro: at byte " + std::to_string(at) + ", " + what);
}

class Decoder {
 public:
  Decoder(std::uint64_t size, const ReadAt& read) : size_(size), read_(read) {}

  std::vector<BundleMember> decode()
  {
    std::vector<BundleMember> members;
    while (true) {
      const std::uint64_t at = at_;
      const Block header = next_block();
      if (is_zero(header)) {
        break;
      }
      BundleMember member = decode_header(header, at);
      if (members.empty() && member.name != k_remote_marker) {
        refuse(at, "the first member is not '" + std::string(k_remote_marker) + "'");
      }
      if (!names_.insert(member.name).second) {
        refuse(at, "member '" + member.name + "' comes twice");
      }
      skip(member, at);
      members.push_back(std::move(member));
    }
    if (members.empty()) {
      refuse(0, "it is empty");
    }
    if (!is_zero(next_block()) || at_ != size_) {
      refuse(at_, "something follows its end");
    }
    check_marker(members.front());
    return members;
  }

 private:
  Block next_block()
  {
    if (size_ - at_ < k_bundle_block) {
      refuse(at_, "it is cut short");
    }
    Block block;
    read_(at_, block);
    at_ += k_bundle_block;
    return block;
  }

  // There is one way to write a header: whatever differs from it is somebody else's.
  static BundleMember decode_header(const Block& header, std::uint64_t at)
  {
    const auto* text = reinterpret_cast<const char*>(header.data());
    const std::string name = name_of(header);
    if (!is_member_name(name)) {
      refuse(at, "a member has a name that is none of a bundle's");
    }
    std::uint64_t size = 0;
    for (std::size_t i = 0; i + 1 < k_size.length; ++i) {
      const char digit = text[k_size.at + i];
      if (digit < '0' || digit > '7') {
        refuse(at, "member '" + name + "' has no size");
      }
      size = size * 8 + static_cast<std::uint64_t>(digit - '0');
    }
    if (encode_bundle_header(name, size) != header) {
      refuse(at, "member '" + name + "' is no plain file as bundles have them");
    }
    return {name, 0, size};
  }

  void skip(BundleMember& member, std::uint64_t at)
  {
    member.offset = at_;
    const std::size_t padding = bundle_padding(member.bytes);
    if (member.bytes > size_ - at_ || padding > size_ - at_ - member.bytes) {
      refuse(at, "member '" + member.name + "' is longer than the file");
    }
    Block rest{};
    read_(at_ + member.bytes, std::span(rest).first(padding));
    if (!is_zero(rest)) {
      refuse(at, "something stands behind member '" + member.name + "'");
    }
    at_ += member.bytes + padding;
  }

  void check_marker(const BundleMember& marker)
  {
    std::array<std::byte, k_remote_marker_text.size()> text{};
    if (marker.bytes == text.size()) {
      read_(marker.offset, text);
    }
    if (std::memcmp(text.data(), k_remote_marker_text.data(), text.size()) != 0) {
      throw Error(ErrorKind::corrupt, "is of a kind that this mlrepro does not know",
                  "use a newer mlrepro");
    }
  }

  std::uint64_t size_;
  const ReadAt& read_;
  std::uint64_t at_ = 0;
  std::set<std::string> names_;
};

}  // namespace

std::vector<BundleMember> decode_bundle(std::uint64_t size, const ReadAt& read)
{
  return Decoder(size, read).decode();
}

std::array<std::byte, k_bundle_block> encode_bundle_header(const std::string& name,
                                                           std::uint64_t bytes)
{
  if (!is_member_name(name) || bytes > k_largest) {
    throw Error(ErrorKind::io, "member '" + name + "' can't be part of a bundle");
  }
  Block block{};
  if (name.size() <= k_name.length) {
    put_text(block, k_name, name);
  } else {
    const std::size_t slash = name.find('/');
    put_text(block, k_prefix, std::string_view(name).substr(0, slash));
    put_text(block, k_name, std::string_view(name).substr(slash + 1));
  }
  put_octal(block, k_mode, 0444);
  put_octal(block, k_uid, 0);
  put_octal(block, k_gid, 0);
  put_octal(block, k_size, bytes);
  put_octal(block, k_mtime, 0);
  block[k_type_at] = std::byte{'0'};
  put_text(block, k_magic, k_ustar);
  // Six digits, a NUL and a space, as tar has it.
  put_octal(block, {k_checksum.at, k_checksum.length - 1}, checksum_of(block));
  block[k_checksum.at + k_checksum.length - 1] = std::byte{' '};
  return block;
}

std::size_t bundle_padding(std::uint64_t bytes)
{
  return static_cast<std::size_t>((k_bundle_block - bytes % k_bundle_block) % k_bundle_block);
}

}  // namespace mlrepro::format
