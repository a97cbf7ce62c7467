// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "mlrepro/format/content_reader.hpp"

namespace mlrepro::format {

enum class Packing { none, gzip, zstd };

inline constexpr std::size_t k_short_line = 131'072;

struct TextShape {
  std::uint64_t longest_line = 0;  // bytes, where that is more than k_short_line; else at most that
  std::uint64_t quotes = 0;        // "
};

// Reads a text file to its end. Absent for zstd, of which the blocks are followed and not unpacked.
// Error{corrupt} says why packed data is not whole: it ends early, is damaged, or has something
// behind its end, be it zeros, which the table engine does not read. Memory: 256 kB.
std::optional<TextShape> text_shape(const ReadBytes& read, Packing packing);

// What is packed in a gzip file; what is wrong with that is thrown as above, at its end at the
// latest. Memory: 256 kB.
ReadBytes unpack_gzip(const ReadBytes& packed);

}  // namespace mlrepro::format
