// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_format.hpp"

#include <gtest/gtest.h>

#include <string>

#include "storage/crc32c.hpp"
#include "storage/pack_footer.hpp"
#include "support/error_of.hpp"

namespace mlrepro::storage {
namespace {

using model::ErrorKind;

ByteView view_of(std::string_view text)
{
  return std::as_bytes(std::span(text));
}

model::Digest key(unsigned char first, unsigned char last = 0)
{
  model::Digest::Bytes bytes{};
  bytes[0] = first;
  bytes[31] = last;
  return model::Digest(bytes);
}

BlockHead sample_head()
{
  BlockHead head;
  head.codec = Codec::zstd_prefix;
  head.depth = 2;
  head.raw_length = 1000;
  head.stored_length = 77;
  head.payload_crc = 0xDEADBEEF;
  head.effort = 12;
  head.bases = {key(1), key(2)};
  head.records = {{key(3), RecordKind::blob, 400},
                  {key(4), RecordKind::piece, 600},
                  {key(5), RecordKind::recipe, 0}};
  return head;
}

TEST(Crc32c, GivesThePublishedValues)
{
  EXPECT_EQ(crc32c(view_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(Bytes(32)), 0x8A9136AAU);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstructionAndInParts)
{
  Bytes bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(i * 7 + i / 13);
  }
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const ByteView part = ByteView(bytes).first(size);
    ASSERT_EQ(crc32c(part), crc32c_by_table(part)) << size;
    ASSERT_EQ(crc32c(part.subspan(size / 3), crc32c(part.first(size / 3))), crc32c(part)) << size;
  }
}

TEST(BlockHead, ComesBack)
{
  const Bytes bytes = encode_block_head(sample_head());
  const auto sizes = peek_block(bytes);
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->head, bytes.size());
  EXPECT_EQ(sizes->stored, 77U);
  const BlockHead head = decode_block_head(bytes);
  EXPECT_EQ(head.codec, Codec::zstd_prefix);
  EXPECT_EQ(head.depth, 2);
  EXPECT_EQ(head.raw_length, 1000U);
  EXPECT_EQ(head.payload_crc, 0xDEADBEEFU);
  EXPECT_EQ(head.effort, 12);
  EXPECT_EQ(sizes->effort, 12);
  EXPECT_EQ(head.bases, sample_head().bases);
  ASSERT_EQ(head.records.size(), 3U);
  EXPECT_EQ(head.records[1].key, key(4));
  EXPECT_EQ(head.records[1].kind, RecordKind::piece);
  EXPECT_EQ(head.records[1].length, 600U);
}

TEST(BlockHead, NoFlippedBitPasses)
{
  const Bytes sound = encode_block_head(sample_head());
  for (std::size_t at = 0; at < sound.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes bytes = sound;
      bytes[at] ^= static_cast<std::byte>(1U << bit);
      EXPECT_EQ(testing::error_of([&] { (void)decode_block_head(bytes); }).kind(),
                ErrorKind::corrupt)
          << at;
    }
  }
  for (std::size_t size = 0; size < sound.size(); ++size) {
    EXPECT_THROW((void)decode_block_head(ByteView(sound).first(size)), model::Error) << size;
  }
}

TEST(BlockHead, HasToAgreeWithItself)
{
  const auto refuses = [](auto change) {
    BlockHead head = sample_head();
    change(head);
    const Bytes bytes = encode_block_head(head);
    EXPECT_THROW((void)decode_block_head(bytes), model::Error);
  };
  refuses([](BlockHead& head) { head.raw_length = 999; });
  refuses([](BlockHead& head) { head.bases.clear(); });
  refuses([](BlockHead& head) { head.codec = Codec::zstd; });
  refuses([](BlockHead& head) { head.depth = 0; });
  refuses([](BlockHead& head) { head.depth = k_max_delta_depth + 1; });
  refuses([](BlockHead& head) { head.codec = static_cast<Codec>(9); });
  refuses([](BlockHead& head) { head.records[0].kind = static_cast<RecordKind>(7); });
}

Footer sample_footer()
{
  Footer footer;
  footer.pack_class = PackClass::tree;
  const BlockHead head = sample_head();
  const BlockStart sizes = *peek_block(encode_block_head(head));
  add_block(footer, head, sizes, 16);
  BlockHead second;
  second.raw_length = 5;
  second.stored_length = 5;
  second.records = {{key(0, 9), RecordKind::tree, 2}, {key(255), RecordKind::blob, 3}};
  const BlockStart second_sizes = *peek_block(encode_block_head(second));
  add_block(footer, second, second_sizes, 1000);
  return footer;
}

TEST(Footer, FindsEachRecord)
{
  Footer footer = sample_footer();
  const Bytes bytes = encode_footer(footer);
  const FooterView view(bytes);
  EXPECT_EQ(view.pack_class(), PackClass::tree);
  EXPECT_EQ(view.block_count(), 2U);
  EXPECT_EQ(view.record_count(), 5U);
  EXPECT_EQ(view.base_count(), 2U);
  const auto record = view.find(key(4), RecordKind::piece);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->block, 0U);
  EXPECT_EQ(record->offset, 400U);
  EXPECT_EQ(record->length, 600U);
  EXPECT_TRUE(view.find(key(0, 9), RecordKind::tree));
  EXPECT_TRUE(view.find(key(255), RecordKind::blob));
  EXPECT_FALSE(view.find(key(4), RecordKind::blob)) << "the kind has to fit";
  EXPECT_TRUE(view.find(key(4), Kinds(RecordKind::blob) | RecordKind::piece));
  EXPECT_FALSE(view.find(key(0), RecordKind::tree));
  EXPECT_FALSE(view.find(key(6), RecordKind::blob));
  EXPECT_EQ(view.bases_of(0), sample_head().bases);
  EXPECT_TRUE(view.bases_of(1).empty());
  EXPECT_EQ(view.block(1).offset, 1000U);
  EXPECT_EQ(view.block(1).raw_length, 5U);
}

TEST(Footer, FindsOneOfSeveralKindsUnderOneKey)
{
  Footer footer;
  BlockHead head;
  head.records = {{key(7), RecordKind::piece, 0}, {key(7), RecordKind::blob, 0}};
  add_block(footer, head, *peek_block(encode_block_head(head)), 16);
  const Bytes bytes = encode_footer(footer);
  EXPECT_EQ(FooterView(bytes).find(key(7), RecordKind::blob)->kind, RecordKind::blob);
  EXPECT_EQ(FooterView(bytes).find(key(7), RecordKind::piece)->kind, RecordKind::piece);
}

TEST(Footer, AnyLengthButItsOwnIsRefused)
{
  Footer footer = sample_footer();
  Bytes bytes = encode_footer(footer);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW((void)FooterView(ByteView(bytes).first(size)), model::Error) << size;
  }
  bytes.push_back({});
  EXPECT_THROW((void)FooterView{ByteView(bytes)}, model::Error);
}

TEST(Trailer, ComesBackOrIsRefused)
{
  const Bytes bytes = encode_trailer({123, 456, key(9)});
  ASSERT_EQ(bytes.size(), k_trailer_size);
  const auto trailer = decode_trailer(bytes);
  ASSERT_TRUE(trailer);
  EXPECT_EQ(trailer->footer_offset, 123U);
  EXPECT_EQ(trailer->footer_length, 456U);
  EXPECT_EQ(trailer->footer_digest, key(9));
  EXPECT_FALSE(decode_trailer(ByteView(bytes).first(63)));
  Bytes other = bytes;
  other[63] ^= std::byte{1};
  EXPECT_FALSE(decode_trailer(other));
}

}  // namespace
}  // namespace mlrepro::storage
