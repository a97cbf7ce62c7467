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
