// SPDX-License-Identifier: Apache-2.0
#include "storage/codec.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "mlrepro/model/error.hpp"
#include "storage/entropy.hpp"
#include "support/sample_bytes.hpp"

namespace mlrepro::storage {
namespace {

using testing::sample_bytes;
using testing::sample_rows;

ByteView bytes_of(std::string_view text)
{
  return std::as_bytes(std::span(text));
}

// Floats around one, as the weights of a model are: the mantissas random, the exponents not.
Bytes float_weights(std::size_t count)
{
  const Bytes random = sample_bytes(8 * count, 9);
  Bytes bytes(4 * count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = static_cast<double>(get<std::uint32_t>(&random[8 * i])) / 4294967296.0 + 1e-12;
    const auto b = static_cast<double>(get<std::uint32_t>(&random[8 * i + 4])) / 4294967296.0;
    const auto value =
        static_cast<float>(0.02 * std::sqrt(-2 * std::log(a)) * std::cos(6.2831853 * b));
    put(&bytes[4 * i], value);
  }
  return bytes;
}

void expect_back(const Encoded& encoded, ByteView content)
{
  Bytes again(content.size());
  decode(encoded.codec, encoded.codec == Codec::raw ? content : ByteView(encoded.bytes), {}, again);
  EXPECT_TRUE(std::equal(again.begin(), again.end(), content.begin()));
}

TEST(Codec, TextIsCompressedAndComesBack)
{
  const std::string rows = sample_rows(4000, 1);
  const Encoded encoded = encode_plain(bytes_of(rows));
  EXPECT_EQ(encoded.codec, Codec::zstd);
  EXPECT_LT(encoded.bytes.size(), rows.size() / 2);
  expect_back(encoded, bytes_of(rows));
}

TEST(Codec, RandomBytesStayRaw)
{
  for (const std::size_t size : {0UL, 1UL, 100UL, 5000UL, 200'000UL}) {
    EXPECT_EQ(encode_plain(sample_bytes(size, 2)).codec, Codec::raw) << size;
  }
}

TEST(Codec, FloatsAreGrouped)
{
  for (const std::size_t odd : {0U, 1U, 3U}) {
    Bytes weights = float_weights(30'000);
    weights.resize(weights.size() + odd, std::byte{7});
    const Encoded encoded = encode_plain(weights);
    EXPECT_EQ(encoded.codec, Codec::zstd_grouped4);
    EXPECT_LT(encoded.bytes.size(), weights.size() * 93 / 100);
    expect_back(encoded, weights);
  }
}

TEST(Codec, ADeltaHoldsWhatDiffers)
{
  const std::string old = sample_rows(8000, 3);
  std::string changed = old.substr(60'000, 130'000);
  changed.replace(70'000, 12, "CHANGED HERE");
  const auto delta = encode_delta(bytes_of(changed), bytes_of(old));
  ASSERT_TRUE(delta);
  EXPECT_LT(delta->size(), 200U);
  Bytes again(changed.size());
  decode(Codec::zstd_prefix, *delta, bytes_of(old), again);
  EXPECT_TRUE(std::equal(again.begin(), again.end(), bytes_of(changed).begin()));
}

TEST(Codec, ADeltaThatDoesNotPayIsNotMade)
{
  const std::string rows = sample_rows(4000, 4);
  EXPECT_FALSE(encode_delta(bytes_of(rows), sample_bytes(200'000, 5)));
  EXPECT_FALSE(encode_delta(sample_bytes(200'000, 6), bytes_of(rows)));
  EXPECT_FALSE(encode_delta({}, bytes_of(rows)));
  EXPECT_FALSE(encode_delta(bytes_of(rows), {}));
}

TEST(Codec, WhatIsDamagedIsRefusedOrAnythingButACrash)
{
  const std::string rows = sample_rows(300, 7);
  const Encoded encoded = encode_plain(bytes_of(rows));
  Bytes content(rows.size());
  for (std::size_t at = 0; at < encoded.bytes.size(); ++at) {
    Bytes bytes = encoded.bytes;
    bytes[at] ^= std::byte{0x55};
    try {
      decode(encoded.codec, bytes, {}, content);
    } catch (const model::Error& error) {
      EXPECT_EQ(error.kind(), model::ErrorKind::corrupt);
    }
  }
  EXPECT_THROW(decode(encoded.codec, encoded.bytes, {}, std::span(content).first(10)),
               model::Error);
  EXPECT_THROW(decode(Codec::raw, encoded.bytes, {}, content), model::Error);
}

TEST(Codec, MoreEffortTakesLessAndComesBack)
{
  const std::string rows = sample_rows(3000, 9);
  const auto content = bytes_of(rows);
  const Encoded quick = encode_plain(content);
  for (const Codec codec : {Codec::zstd, Codec::zstd_grouped2, Codec::zstd_grouped4}) {
    const auto hard = encode_at_level(codec, content, 19);
    ASSERT_TRUE(hard);
    Bytes again(rows.size());
    decode(codec, *hard, {}, again);
    EXPECT_TRUE(std::equal(again.begin(), again.end(), content.begin(), content.end()));
    if (codec == Codec::zstd) {
      EXPECT_LT(hard->size(), quick.bytes.size());
    }
  }
}

TEST(Entropy, TellsKindsOfContentApart)
{
  EXPECT_GT(sampled_entropy(sample_bytes(100'000, 8)), 7.9);
  EXPECT_LT(sampled_entropy(bytes_of(sample_rows(3000, 8))), 6);
  EXPECT_EQ(sampled_entropy(Bytes(50'000)), 0);
  EXPECT_EQ(sampled_entropy(sample_bytes(100, 8)), 0) << "too short to tell";
}

TEST(Entropy, KnowsPackedFormats)
{
  EXPECT_TRUE(is_packed_format(bytes_of("\x1f\x8b\x08 gzip")));
  EXPECT_TRUE(is_packed_format(bytes_of("\x89PNG\r\n\x1a\n....")));
  EXPECT_TRUE(is_packed_format(bytes_of("RIFF....WEBPVP8 ")));
  EXPECT_FALSE(is_packed_format(bytes_of("id,store,brand\n")));
  EXPECT_FALSE(is_packed_format({}));
  EXPECT_TRUE(is_packed_in_parts(bytes_of("PAR1\x15\x04")));
  EXPECT_FALSE(is_packed_in_parts(bytes_of("PAR")));
  EXPECT_FALSE(is_packed_in_parts(bytes_of("PK\x03\x04")));
}

}  // namespace
}  // namespace mlrepro::storage
