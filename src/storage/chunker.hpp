// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/bytes.hpp"

namespace mlrepro::storage {

// Content-defined cut points: FastCDC with a 64-bit Gear hash and normalisation level 2. All of it
// is part of the format: another table or mask would store every big file anew.
inline constexpr std::size_t k_min_piece = std::size_t{32} * 1024;
inline constexpr std::size_t k_normal_piece = std::size_t{128} * 1024;
inline constexpr std::size_t k_max_piece = std::size_t{512} * 1024;

// The length of the piece that `content` begins with. `content` reaches to the end of the file or
// over at least k_max_piece bytes.
std::size_t cut_piece(ByteView content);

}  // namespace mlrepro::storage
