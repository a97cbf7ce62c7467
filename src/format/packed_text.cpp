// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/packed_text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "format/byte_input.hpp"
#include "format/gzip_reader.hpp"

namespace mlrepro::format {
namespace {

// What lies within a piece is a short line, so that only its first and last line breaks are looked
// for.
class ShapedText {
 public:
  void add(std::string_view piece)
  {
    shape_.quotes += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '"'));
    const std::size_t first = piece.find('\n');
    if (first == std::string_view::npos) {
      open_ += piece.size();
      return;
    }
    shape_.longest_line = std::max<std::uint64_t>(shape_.longest_line, open_ + first);
    open_ = piece.size() - piece.rfind('\n') - 1;
  }
  [[nodiscard]] TextShape shape() const
  {
    return {std::max(shape_.longest_line, open_), shape_.quotes};
  }

 private:
  TextShape shape_;
  std::uint64_t open_ = 0;  // of the line that no break has ended yet
};

template <typename Read>
TextShape shape_of_text(Read read)
{
  std::vector<std::byte> buffer(k_short_line);
  ShapedText text;
  while (const std::size_t bytes = read(std::span(buffer))) {
    text.add({reinterpret_cast<const char*>(buffer.data()), bytes});
  }
  return text.shape();
}

std::uint32_t zstd_number(ByteInput& input, std::size_t bytes)
{
  const std::string text = input.take(bytes);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    number |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  }
  return number;
}

// RFC 8878, section 3.1.1.1: what stands between the magic number and the first block.
bool skip_frame_header(ByteInput& input)
{
  constexpr std::array<std::uint64_t, 4> k_dictionary_sizes = {0, 1, 2, 4};
  constexpr std::array<std::uint64_t, 4> k_content_sizes = {0, 2, 4, 8};
  const std::uint32_t descriptor = zstd_number(input, 1);
  const bool single_segment = (descriptor & 0x20U) != 0;
  const std::uint32_t size_flag = descriptor >> 6U;
  input.skip((single_segment ? 0U : 1U) + k_dictionary_sizes[descriptor & 3U] +
             (single_segment && size_flag == 0 ? 1U : k_content_sizes[size_flag]));
  return (descriptor & 4U) != 0;
}

// Section 3.1.1.2: each block says how long it is.
void skip_zstd_frame(ByteInput& input)
{
  constexpr std::uint32_t k_repeated = 1;
  constexpr std::uint32_t k_reserved = 3;
  const bool checksum = skip_frame_header(input);
  for (bool last = false; !last;) {
    const std::uint32_t header = zstd_number(input, 3);
    const std::uint32_t type = (header >> 1U) & 3U;
    if (type == k_reserved) {
      refuse_content("its compressed data is damaged");
    }
    input.skip(type == k_repeated ? 1 : header >> 3U);
    last = (header & 1U) != 0;
  }
  input.skip(checksum ? 4 : 0);
}

void follow_zstd(ByteInput& input)
{
  constexpr std::uint32_t k_frame = 0xFD2FB528;
  constexpr std::uint32_t k_skippable = 0x184D2A50;  // and the 15 behind it
  for (bool begun = false; !begun || !input.at_end(); begun = true) {
    const std::uint32_t magic = zstd_number(input, 4);
    if (magic == k_frame) {
      skip_zstd_frame(input);
    } else if ((magic & 0xFFFFFFF0U) == k_skippable) {
      input.skip(zstd_number(input, 4));
    } else {
      refuse_content(begun ? "other bytes follow its end" : "its compressed data is damaged");
    }
  }
}

class UnpackedGzip {
 public:
  explicit UnpackedGzip(const ReadBytes& packed) : input_(packed) {}

  std::size_t read(std::span<std::byte> out)
  {
    const std::size_t bytes = members_.read(out);
    if (bytes == 0 && members_.padded()) {
      refuse_content("zero bytes follow its end (gzip -dc FILE | gzip >NEW leaves them out)");
    }
    return bytes;
  }

 private:
  ByteInput input_;
  UnpackBudget budget_{std::numeric_limits<std::uint64_t>::max()};
  GzipReader members_{input_, budget_, [](std::string_view) {}};
};

}  // namespace

ReadBytes unpack_gzip(const ReadBytes& packed)
{
  return [unpacked = std::make_shared<UnpackedGzip>(packed)](std::span<std::byte> out) {
    return unpacked->read(out);
  };
}

std::optional<TextShape> text_shape(const ReadBytes& read, Packing packing)
{
  if (packing == Packing::none) {
    return shape_of_text(read);
  }
  if (packing == Packing::gzip) {
    return shape_of_text(unpack_gzip(read));
  }
  ByteInput input(read);
  follow_zstd(input);
  return std::nullopt;
}

}  // namespace mlrepro::format
