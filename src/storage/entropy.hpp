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

}  // namespace mlrepro::storage
