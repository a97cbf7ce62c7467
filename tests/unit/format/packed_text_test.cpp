// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/packed_text.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

// In pieces of `at_once` bytes, so that lines go over the ends of pieces.
ReadBytes pieces_of(std::string text, std::size_t at_once)
{
  return [text = std::move(text), at_once, at = std::size_t{0}](std::span<std::byte> out) mutable {
    const std::size_t bytes = std::min({at_once, out.size(), text.size() - at});
    std::memcpy(out.data(), text.data() + at, bytes);
    at += bytes;
    return bytes;
  };
}

std::uint64_t longest_line(const std::string& text, std::size_t at_once)
{
  return text_shape(pieces_of(text, at_once), Packing::none).value().longest_line;
}

std::string why_not_whole(const std::string& data, Packing packing)
{
  try {
    text_shape(pieces_of(data, 7), packing);
    return "";
  } catch (const model::Error& error) {
    EXPECT_EQ(error.kind(), model::ErrorKind::corrupt);
    return error.message();
  }
}

// Three times "1,2\n" behind "a,b\n", as gzip and zstd write it; and 60,000 times "1,2\n" from a
// pipe, by zstd --no-check, which has a block of one repeated byte.
const std::string k_gzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\xd4\x49\xe2\x32\xd4\x31\x82\x63\x00\x58\x71"
    "\x71\x2d\x10\x00\x00\x00",
    28);
const std::string k_zstd(
    "\x28\xb5\x2f\xfd\x04\x58\x6d\x00\x00\x38\x61\x2c\x62\x0a\x31\x2c\x32\x01\x00\x17\xce\x08"
    "\xd6\xdb\x10\xfc",
    26);
const std::string k_blocks(
    "\x28\xb5\x2f\xfd\x00\x58\x64\x00\x00\x20\x31\x2c\x32\x0a\x01\x00\xf9\xff\xe7\x8e\x08\x4d"
    "\x00\x00\x08\x31\x01\x00\x7c\xa9\x39\x10\x02",
    33);

}  // namespace

TEST(PackedText, MeasuresTheLongestLineWhereItIsLong)
{
  const std::string line(300'000, 'x');
  for (const std::size_t at_once : {std::size_t{1'000}, std::size_t{131'072}, std::size_t{7}}) {
    EXPECT_EQ(longest_line(line, at_once), 300'000U) << at_once;
    EXPECT_EQ(longest_line("a\n" + line + "\nb\n", at_once), 300'000U) << at_once;
    EXPECT_EQ(longest_line(line + "\n" + line + "y", at_once), 300'001U) << at_once;
    EXPECT_LE(longest_line("a,b\n1,2\n", at_once), k_short_line) << at_once;
    EXPECT_EQ(longest_line("", at_once), 0U) << at_once;
  }
}

TEST(PackedText, CountsQuotes)
{
  EXPECT_EQ(text_shape(pieces_of("a,\"b\"\n\"\"\"", 2), Packing::none).value().quotes, 5U);
  EXPECT_EQ(text_shape(pieces_of(k_gzip, 5), Packing::gzip).value().quotes, 0U);
  EXPECT_FALSE(text_shape(pieces_of(k_zstd, 5), Packing::zstd)) << "it is not unpacked";
}

TEST(PackedText, WhateverIsCutOffIsMissed)
{
  for (const auto& [data, packing] :
       {std::pair(k_gzip, Packing::gzip), std::pair(k_zstd, Packing::zstd),
        std::pair(k_blocks, Packing::zstd)}) {
    EXPECT_EQ(why_not_whole(data, packing), "");
    for (std::size_t size = 0; size < data.size(); ++size) {
      EXPECT_EQ(why_not_whole(data.substr(0, size), packing), "it ends early") << size;
    }
    EXPECT_EQ(why_not_whole(data + data, packing), "") << "files are joined like this";
    EXPECT_EQ(why_not_whole(data + "more bytes", packing), "other bytes follow its end");
  }
  const std::string padded = k_gzip + std::string(300, '\0');
  EXPECT_THAT(why_not_whole(padded, Packing::gzip), ::testing::HasSubstr("zero bytes follow"));
  EXPECT_EQ(why_not_whole(padded + "x", Packing::gzip), "other bytes follow its end");
}

TEST(PackedText, DamageIsFound)
{
  std::string wrong = k_gzip;
  wrong[wrong.size() - 8] ^= 1;  // of the checksum
  EXPECT_EQ(why_not_whole(wrong, Packing::gzip), "its compressed data is damaged");
  EXPECT_EQ(why_not_whole("no frame at all", Packing::zstd), "its compressed data is damaged");
}

TEST(PackedText, FramesToBeSkippedAreSkipped)
{
  const std::string skippable("\x51\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  EXPECT_EQ(why_not_whole(skippable + k_zstd, Packing::zstd), "");
  EXPECT_EQ(why_not_whole(skippable.substr(0, 9), Packing::zstd), "it ends early");
}

}  // namespace mlrepro::format
