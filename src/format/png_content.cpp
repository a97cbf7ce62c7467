// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include "format/content_parts.hpp"

namespace mlrepro::format {
namespace {

constexpr std::size_t k_signature_size = 8;
constexpr std::size_t k_max_text = 64UL * 1024;

std::uint32_t big_endian(std::string_view bytes)
{
  std::uint32_t value = 0;
  for (const char byte : bytes) {
    value = (value << 8U) | static_cast<unsigned char>(byte);
  }
  return value;
}

class PngReader {
 public:
  PngReader(ByteInput& input, const std::string& prefix, ContentParts& parts)
      : input_(input), prefix_(prefix), parts_(parts)
  {
  }

  void read()
  {
    input_.skip(k_signature_size);
    while (next_chunk()) {
      if (type_ == "IDAT") {
        read_pixels();
      } else if (type_ == "tIME") {
        ignore("the time in the picture");
      } else if (is_text() && left_ <= k_max_text) {
        read_note();
      } else {
        parts_.add(part_name(type_), [this](std::span<std::byte> out) { return read_chunk(out); });
      }
    }
  }

 private:
  [[nodiscard]] std::string part_name(const std::string& name) const
  {
    return prefix_.empty() ? name : prefix_ + ": " + name;
  }

  [[nodiscard]] bool is_text() const
  {
    return type_ == "tEXt" || type_ == "zTXt" || type_ == "iTXt";
  }

  bool next_chunk()
  {
    if (input_.at_end()) {
      return false;
    }
    left_ = big_endian(input_.take(4));
    type_ = input_.take(4);
    crc_ = continue_crc(0, std::as_bytes(std::span(type_)));
    if (left_ == 0) {
      check_crc();
    }
    return true;
  }

  // Of the current chunk.
  std::size_t read_chunk(std::span<std::byte> out)
  {
    if (left_ == 0) {
      return 0;
    }
    const std::size_t bytes = input_.read(out.first(std::min<std::size_t>(out.size(), left_)));
    if (bytes == 0) {
      refuse_content("it ends early");
    }
    crc_ = continue_crc(crc_, out.first(bytes));
    left_ -= static_cast<std::uint32_t>(bytes);
    if (left_ == 0) {
      check_crc();
    }
    return bytes;
  }

  void check_crc()
  {
    if (big_endian(input_.take(4)) != crc_) {
      refuse_content("a checksum is wrong");
    }
  }

  std::string take_chunk()
  {
    return read_text([this](std::span<std::byte> out) { return read_chunk(out); }, k_max_text);
  }

  void ignore(const std::string& name)
  {
    parts_.ignore(name, left_ <= k_max_text ? take_chunk() : std::string("long"));
    std::array<std::byte, 4096> passed{};
    while (read_chunk(passed) > 0) {
    }
  }

  void read_note()
  {
    const std::string text = take_chunk();
    const std::string keyword = text.substr(0, text.find('\0'));
    constexpr std::array<std::string_view, 5> k_ignored = {
        "Software", "Creation Time", "date:create", "date:modify", "date:timestamp"};
    if (std::find(k_ignored.begin(), k_ignored.end(), keyword) != k_ignored.end()) {
      parts_.ignore("the picture's '" + keyword + "'", text);
    } else {
      parts_.add(part_name("text '" + keyword + "'"), bytes_of(text));
    }
  }

  // All IDAT chunks together are one stream; where it is cut does not count.
  std::size_t read_packed(std::span<std::byte> out)
  {
    while (left_ == 0) {
      const std::string_view next = input_.peek(8);
      if (next.size() < 8 || next.substr(4) != "IDAT") {
        return 0;
      }
      next_chunk();
    }
    return read_chunk(out);
  }

  void read_pixels()
  {
    ByteInput packed([this](std::span<std::byte> out) { return read_packed(out); });
    Inflater pixels(packed, Wrapping::zlib, parts_.budget());
    parts_.add(part_name("pixels"),
               [&pixels](std::span<std::byte> out) { return pixels.read(out); });
    while (!packed.at_end()) {
      packed.consume(packed.available().size());
    }
  }

  ByteInput& input_;
  const std::string& prefix_;
  ContentParts& parts_;
  std::string type_;
  std::uint32_t left_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace

void read_png(ByteInput& input, const std::string& prefix, ContentParts& parts)
{
  PngReader(input, prefix, parts).read();
}

}  // namespace mlrepro::format
