// SPDX-License-Identifier: Apache-2.0
#include "storage/zstd_unpacker.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::storage {
namespace {

// Hands out a few bytes at a time.
class SlowSource final : public ports::ByteSource {
 public:
  explicit SlowSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = std::min({buffer.size(), std::size_t{11}, text_.size() - at_});
    std::memcpy(buffer.data(), text_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::string frame_of(const std::string& text)
{
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

std::string unpacked(const std::string& packed)
{
  SlowSource source(packed);
  return ports::read_all(*ZstdUnpacker().unpack_zstd(source));
}

std::string why_not(const std::string& packed)
{
  try {
    unpacked(packed);
    return "";
  } catch (const model::Error& error) {
    EXPECT_EQ(error.kind(), model::ErrorKind::corrupt);
    return error.message();
  }
}

TEST(ZstdUnpacker, ReadsAllFrames)
{
  const std::string zeros(3'000'000, '0');
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text += std::to_string(i * 7919 % 10'007) + "\n";
  }
  EXPECT_EQ(unpacked(frame_of(text)), text);
  EXPECT_EQ(unpacked(frame_of(zeros) + frame_of("") + frame_of(text)), zeros + text);
  const std::string skippable("\x51\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  EXPECT_EQ(unpacked(skippable + frame_of("a,b\n")), "a,b\n");
}

TEST(ZstdUnpacker, AFrameMayEndWhereABufferDoes)
{
  for (const std::size_t size : {1U, 7U, 65'536U, 131'072U}) {
    for (const std::size_t times : {1U, 3U}) {
      const std::string packed = frame_of(std::string(times * size, '0'));
      SlowSource slow(packed);
      const auto source = ZstdUnpacker().unpack_zstd(slow);
      std::vector<std::byte> buffer(size);
      std::size_t read = 0;
      std::size_t all = 0;
      while ((read = source->read(buffer)) > 0) {
        all += read;
      }
      EXPECT_EQ(all, times * size);
      EXPECT_EQ(source->read(buffer), 0U);
    }
  }
}

TEST(ZstdUnpacker, WhatIsNotWholeIsNoShorterText)
{
  const std::string frame = frame_of("a,b\n1,2\n1,2\n1,2\n1,2\n");
  for (std::size_t size = 1; size < frame.size(); ++size) {
    EXPECT_EQ(why_not(frame.substr(0, size)), "it ends early") << size;
  }
  EXPECT_NE(why_not(frame + "more bytes"), "");
  EXPECT_NE(why_not("no frame at all"), "");
  EXPECT_EQ(why_not(frame + frame), "");
}

}  // namespace
}  // namespace mlrepro::storage
