// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/block_encoder.hpp"
#include "storage/recipe.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// What a path held before, to store its new content as what changed. Follows the new content piece
// by piece and knows where in the old one it is.
class PreviousVersion {
 public:
  // Absent when the store does not have it.
  static std::optional<PreviousVersion> find(const RecordReader& reader, const model::Digest& file);

  // The next piece of the new content. Returns the old pieces that it may be like, in order; none
  // for a piece that the old content has too.
  [[nodiscard]] std::vector<model::Digest> align(const model::Digest& key, std::size_t length);

  // The records that part `index` of the new recipe may be like.
  [[nodiscard]] std::vector<model::Digest> parts_near(std::size_t index) const;

 private:
  struct Piece {
    model::Digest key;
    std::uint64_t start = 0;
    std::uint32_t length = 0;
  };
  PreviousVersion(std::vector<Piece> pieces, std::vector<model::Digest> parts);

  [[nodiscard]] const Piece* find_same(const model::Digest& key) const;
  // The first piece that ends after `position`.
  [[nodiscard]] std::size_t piece_at(std::uint64_t position) const;
  void snap();

  std::vector<Piece> pieces_;
  std::vector<model::Digest> parts_;
  std::vector<std::uint32_t> by_key_;
  std::uint64_t position_ = 0;
};

// Loads bases; what can't be loaded is left out. Bases that are deltas of the greatest depth are
// replaced by what they are based on themselves. Absent when nothing is left.
std::optional<DeltaPrefix> load_prefix(const RecordReader& reader,
                                       const std::vector<model::Digest>& bases);

struct PieceList {
  std::vector<PieceRef> pieces;
  std::vector<PieceRef> parts;  // the records that hold the list, where it is in parts
};

// What a file is made of. Throws Error{corrupt}, Error{not_found}.
PieceList load_pieces(const RecordReader& reader, const model::Digest& file);

}  // namespace mlrepro::storage
