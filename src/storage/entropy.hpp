// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/bytes.hpp"

namespace mlrepro::storage {

// Bits a byte (0 to 8) by how often each byte value occurs in four samples of 4 KiB. 0 for content
// that is too short to tell.
double sampled_entropy(ByteView content);

// From here on, content is as good as random: nothing compresses it.
inline constexpr double k_random_bits = 7.9;

// Whether a file that begins like this is compressed already: archives, images, video, audio.
bool is_packed_format(ByteView start);

// Whether its parts are compressed one by one, so that those stay what they are when others are
// added: Parquet, with its groups of rows.
bool is_packed_in_parts(ByteView start);

}  // namespace mlrepro::storage
