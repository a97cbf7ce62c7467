// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "storage/bytes.hpp"

namespace mlrepro::storage {

struct PieceRef {
  model::Digest key;
  std::uint64_t length = 0;  // of the file's content
};

// What a file is made of, in order. With `nested`, each entry is itself a piece record that holds
// an (un-nested) recipe of that length.
struct Recipe {
  bool nested = false;
  std::vector<PieceRef> pieces;

  [[nodiscard]] std::uint64_t length() const;
};

// A list of more entries than this is stored in parts, which a later version can share or be a
// delta of; a shorter one is not worth a record of its own.
inline constexpr std::size_t k_direct_entries = 8;
inline constexpr std::size_t k_part_entries = 8192;

Bytes encode_recipe(const Recipe& recipe);
// Throws Error{corrupt}.
Recipe decode_recipe(ByteView bytes);

}  // namespace mlrepro::storage
