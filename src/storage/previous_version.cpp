// SPDX-License-Identifier: Apache-2.0
#include "storage/previous_version.hpp"

#include <algorithm>
#include <numeric>

#include "mlrepro/model/error.hpp"

namespace mlrepro::storage {
namespace {

// On both sides of where the old content is expected: rows that were inserted or dropped since the
// last piece that fitted.
constexpr std::uint64_t k_slack = std::uint64_t{64} * 1024;
constexpr std::uint64_t k_snap = std::uint64_t{8} * 1024;
constexpr std::size_t k_max_prefix = std::size_t{1536} * 1024;
constexpr std::size_t k_max_bases = 12;
static_assert(k_max_bases <= k_max_block_bases);

constexpr Kinds k_content = Kinds(RecordKind::piece) | RecordKind::blob;

std::uint64_t distance(std::uint64_t a, std::uint64_t b)
{
  return a > b ? a - b : b - a;
}

}  // namespace

PieceList load_pieces(const RecordReader& reader, const model::Digest& file)
{
  Recipe recipe = decode_recipe(reader.load(file, RecordKind::recipe, Check::checksum).content);
  if (!recipe.nested) {
    return {std::move(recipe.pieces), {}};
  }
  PieceList list{{}, std::move(recipe.pieces)};
  for (const PieceRef& part : list.parts) {
    const Recipe inner =
        decode_recipe(reader.load(part.key, RecordKind::piece, Check::digest).content);
    if (inner.nested || inner.length() != part.length) {
      throw_corrupt("a part of a recipe is not what the recipe says");
    }
    list.pieces.insert(list.pieces.end(), inner.pieces.begin(), inner.pieces.end());
  }
  return list;
}

std::optional<PreviousVersion> PreviousVersion::find(const RecordReader& reader,
                                                     const model::Digest& file)
{
  std::vector<Piece> pieces;
  std::vector<model::Digest> parts;
  std::uint64_t start = 0;
  try {
    const PieceList list = load_pieces(reader, file);
    for (const PieceRef& piece : list.pieces) {
      pieces.push_back({piece.key, start, static_cast<std::uint32_t>(piece.length)});
      start += piece.length;
    }
    for (const PieceRef& part : list.parts) {
      parts.push_back(part.key);
    }
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    pieces.clear();
    try {
      const LoadedRecord whole = reader.load(file, RecordKind::blob, Check::checksum);
      pieces.push_back({file, 0, static_cast<std::uint32_t>(whole.content.size())});
    } catch (const model::Error&) {
      return std::nullopt;
    }
  }
  return PreviousVersion(std::move(pieces), std::move(parts));
}

PreviousVersion::PreviousVersion(std::vector<Piece> pieces, std::vector<model::Digest> parts)
    : pieces_(std::move(pieces)), parts_(std::move(parts)), by_key_(pieces_.size())
{
  std::iota(by_key_.begin(), by_key_.end(), 0U);
  std::sort(by_key_.begin(), by_key_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return pieces_[a].key != pieces_[b].key ? pieces_[a].key < pieces_[b].key : a < b;
  });
}

// The nearest, where one occurs several times.
const PreviousVersion::Piece* PreviousVersion::find_same(const model::Digest& key) const
{
  auto at = std::lower_bound(
      by_key_.begin(), by_key_.end(), key,
      [&](std::uint32_t index, const auto& wanted) { return pieces_[index].key < wanted; });
  const Piece* best = nullptr;
  for (; at != by_key_.end() && pieces_[*at].key == key; ++at) {
    const Piece& piece = pieces_[*at];
    if (best == nullptr || distance(piece.start, position_) < distance(best->start, position_)) {
      best = &piece;
    } else {
      break;  // they stand in the order of their places
    }
  }
  return best;
}

std::size_t PreviousVersion::piece_at(std::uint64_t position) const
{
  const auto after = std::upper_bound(
      pieces_.begin(), pieces_.end(), position,
      [](std::uint64_t wanted, const Piece& piece) { return wanted < piece.start + piece.length; });
  return static_cast<std::size_t>(after - pieces_.begin());
}

// Cut points follow the content: one near the expected place is most likely the same one.
void PreviousVersion::snap()
{
  const std::size_t index = piece_at(position_);
  if (index == pieces_.size()) {
    return;
  }
  const std::uint64_t start = pieces_[index].start;
  const std::uint64_t end = start + pieces_[index].length;
  if (distance(start, position_) <= k_snap) {
    position_ = start;
  } else if (distance(end, position_) <= k_snap) {
    position_ = end;
  }
}

std::vector<model::Digest> PreviousVersion::align(const model::Digest& key, std::size_t length)
{
  if (const Piece* same = find_same(key)) {
    position_ = same->start + same->length;
    return {};
  }
  std::vector<model::Digest> bases;
  std::size_t total = 0;
  if (const std::size_t index = piece_at(position_); index < pieces_.size()) {
    const Piece& twin = pieces_[index];
    // Between the same two cut points: nothing outside can help, and each base has its price.
    if (twin.start == position_ && distance(twin.length, length) <= k_snap) {
      position_ = twin.start + twin.length;
      return {twin.key};
    }
  }
  const std::uint64_t from = position_ > k_slack ? position_ - k_slack : 0;
  for (std::size_t i = piece_at(from); i < pieces_.size() && bases.size() < k_max_bases; ++i) {
    const Piece& piece = pieces_[i];
    if (piece.start >= position_ + length + k_slack || total + piece.length > k_max_prefix) {
      break;
    }
    bases.push_back(piece.key);
    total += piece.length;
  }
  position_ += length;
  snap();
  return bases;
}

std::vector<model::Digest> PreviousVersion::parts_near(std::size_t index) const
{
  std::vector<model::Digest> keys;
  for (std::size_t i = index > 0 ? index - 1 : 0; i < parts_.size() && i <= index + 1; ++i) {
    keys.push_back(parts_[i]);
  }
  return keys;
}

std::optional<DeltaPrefix> load_prefix(const RecordReader& reader,
                                       const std::vector<model::Digest>& bases)
{
  DeltaPrefix prefix;
  const auto add = [&](const model::Digest& key, const LoadedRecord& record) {
    const bool known =
        std::find(prefix.bases.begin(), prefix.bases.end(), key) != prefix.bases.end();
    if (known || prefix.bases.size() >= k_max_bases ||
        prefix.content.size() + record.content.size() > k_max_prefix) {
      return;
    }
    prefix.bases.push_back(key);
    prefix.content.insert(prefix.content.end(), record.content.begin(), record.content.end());
    prefix.depth = std::max(prefix.depth, static_cast<std::uint8_t>(record.block->head.depth + 1));
  };
  for (const model::Digest& key : bases) {
    try {
      const LoadedRecord record = reader.load(key, k_content, Check::checksum);
      if (record.block->head.depth < k_max_delta_depth) {
        add(key, record);
        continue;
      }
      for (const model::Digest& below : record.block->head.bases) {
        add(below, reader.load(below, k_content, Check::checksum));
      }
    } catch (const model::Error&) {
      // A base that can't be read makes the delta bigger, not wrong.
    }
  }
  return prefix.bases.empty() ? std::nullopt : std::optional(std::move(prefix));
}

}  // namespace mlrepro::storage
