// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/codec.hpp"

namespace mlrepro::storage {

// A block as it goes into a pack. The payload of a raw one is the caller's content, which must
// outlive it: copying would cost more than checking it.
struct EncodedBlock {
  BlockHead head;
  Bytes head_bytes;
  Bytes packed;
  ByteView raw;

  [[nodiscard]] ByteView payload() const
  {
    return head.codec == Codec::raw ? raw : ByteView(packed);
  }
  [[nodiscard]] std::uint64_t size() const { return head_bytes.size() + payload().size(); }
};

// What a delta is made against: the bases' content one after the other.
struct DeltaPrefix {
  std::vector<model::Digest> bases;
  Bytes content;
  std::uint8_t depth = 0;  // of what is based on them
};

EncodedBlock encode_block(std::vector<RecordRow> records, ByteView content);
// Without a look at whether it compresses.
EncodedBlock encode_raw_block(std::vector<RecordRow> records, ByteView content);
// In `codec`, which is neither raw nor zstd_prefix, with the effort of a level of zstd. Absent when
// the compressor fails.
std::optional<EncodedBlock> encode_block_at_level(std::vector<RecordRow> records, ByteView content,
                                                  Codec codec, int level);
// The same block, marked as one that more effort does not make smaller. `stored` is what
// `Pack::read_block` gives. Throws Error{corrupt}.
EncodedBlock with_effort(ByteView stored, int level);
// A delta where that is much smaller, else plain.
EncodedBlock encode_block(std::vector<RecordRow> records, ByteView content,
                          const DeltaPrefix& prefix);

}  // namespace mlrepro::storage
