// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "storage/pack_format.hpp"

namespace mlrepro::storage {

struct Encoded {
  Codec codec = Codec::raw;
  Bytes bytes;  // empty for raw: the content itself is the payload
};

// Looks at samples first; content that would save less than 3 % stays raw.
Encoded encode_plain(ByteView content);

// Content that a look at samples finds worth compressing.
bool is_compressible(ByteView content);

// What differs from `prefix`; absent when that is more than half of what plain compression needs.
std::optional<Bytes> encode_delta(ByteView content, ByteView prefix);

// With the effort of a level of zstd, and read back to be sure of it; absent when that fails.
// `codec` is neither raw nor zstd_prefix.
std::optional<Bytes> encode_at_level(Codec codec, ByteView content, int level);

// Fills `content`. `prefix` is empty but for Codec::zstd_prefix. Throws Error{corrupt}.
void decode(Codec codec, ByteView payload, ByteView prefix, std::span<std::byte> content);

}  // namespace mlrepro::storage
