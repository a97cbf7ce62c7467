// SPDX-License-Identifier: Apache-2.0
#include "storage/block_encoder.hpp"

#include "storage/crc32c.hpp"

namespace mlrepro::storage {
namespace {

EncodedBlock finish(BlockHead head, Bytes packed, ByteView content)
{
  EncodedBlock block;
  block.head = std::move(head);
  block.packed = std::move(packed);
  block.raw = content;
  block.head.raw_length = static_cast<std::uint32_t>(content.size());
  block.head.stored_length = static_cast<std::uint32_t>(block.payload().size());
  block.head.payload_crc = crc32c(block.payload());
  block.head_bytes = encode_block_head(block.head);
  return block;
}

}  // namespace

EncodedBlock encode_raw_block(std::vector<RecordRow> records, ByteView content)
{
  BlockHead head;
  head.records = std::move(records);
  return finish(std::move(head), {}, content);
}

EncodedBlock encode_block(std::vector<RecordRow> records, ByteView content)
{
  Encoded encoded = encode_plain(content);
  if (encoded.codec == Codec::raw) {
    return encode_raw_block(std::move(records), content);
  }
  BlockHead head;
  head.codec = encoded.codec;
  head.records = std::move(records);
  return finish(std::move(head), std::move(encoded.bytes), content);
}

std::optional<EncodedBlock> encode_block_at_level(std::vector<RecordRow> records, ByteView content,
                                                  Codec codec, int level)
{
  auto packed = encode_at_level(codec, content, level);
  if (!packed) {
    return std::nullopt;
  }
  BlockHead head;
  head.codec = codec;
  head.effort = static_cast<std::uint8_t>(level);
  head.records = std::move(records);
  return finish(std::move(head), std::move(*packed), content);
}

EncodedBlock with_effort(ByteView stored, int level)
{
  EncodedBlock block;
  block.head = decode_block_head(stored);
  block.head.effort = static_cast<std::uint8_t>(level);
  block.head_bytes = encode_block_head(block.head);
  const ByteView payload = stored.subspan(block.head_bytes.size());
  block.packed.assign(payload.begin(), payload.end());
  return block;
}

EncodedBlock encode_block(std::vector<RecordRow> records, ByteView content,
                          const DeltaPrefix& prefix)
{
  auto packed = encode_delta(content, prefix.content);
  if (!packed) {
    return encode_block(std::move(records), content);
  }
  BlockHead head;
  head.codec = Codec::zstd_prefix;
  head.depth = prefix.depth;
  head.bases = prefix.bases;
  head.records = std::move(records);
  return finish(std::move(head), std::move(*packed), content);
}

}  // namespace mlrepro::storage
