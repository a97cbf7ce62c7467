// SPDX-License-Identifier: Apache-2.0
#include "storage/object_source.hpp"

#include <algorithm>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/recipe.hpp"

namespace mlrepro::storage {
namespace {

constexpr const char* k_hint = "run 'mlrepro verify' to see which runs and snapshots it touches";

// Errors name the object that was asked for, not the record below it.
model::Error about(const model::Digest& digest, const model::Error& error)
{
  switch (error.kind()) {
    case model::ErrorKind::corrupt:
      return {error.kind(), "object '" + digest.hex() + "': " + error.message(), k_hint};
    case model::ErrorKind::not_found:
      return {error.kind(), "object '" + digest.hex() + "': not in the store", k_hint};
    default:
      return error;
  }
}

class WholeSource final : public ports::ByteSource {
 public:
  explicit WholeSource(LoadedRecord record) : record_(std::move(record)), rest_(record_.content) {}

  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = std::min(buffer.size(), rest_.size());
    std::copy_n(rest_.begin(), size, buffer.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  LoadedRecord record_;
  ByteView rest_;
};

class PiecesSource final : public ports::ByteSource {
 public:
  PiecesSource(const RecordReader& reader, const model::Digest& file, Recipe recipe)
      : reader_(reader), file_(file), recipe_(std::move(recipe))
  {
    if (!recipe_.nested) {
      pieces_ = std::exchange(recipe_.pieces, {});
      recipe_.nested = true;
    }
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    try {
      while (rest_.empty() && !ended_) {
        load_next();
      }
    } catch (const model::Error& error) {
      // That a piece is missing is damage: the object as such is there.
      throw about(file_, error.kind() == model::ErrorKind::not_found
                             ? model::Error(model::ErrorKind::corrupt, "a piece of it is missing")
                             : error);
    }
    const std::size_t size = std::min(buffer.size(), rest_.size());
    std::copy_n(rest_.begin(), size, buffer.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  // The next stretch of the piece list, where that is in parts. False: there is none.
  bool load_part()
  {
    while (next_piece_ == pieces_.size()) {
      if (next_part_ == recipe_.pieces.size()) {
        return false;
      }
      const PieceRef& part = recipe_.pieces[next_part_++];
      Recipe inner =
          decode_recipe(reader_.load(part.key, RecordKind::piece, Check::digest).content);
      if (inner.nested || inner.length() != part.length) {
        throw_corrupt("a part of its recipe is not what the recipe says");
      }
      pieces_ = std::move(inner.pieces);
      next_piece_ = 0;
    }
    return true;
  }

  // Pieces are checked as they come, the whole before the last of them is handed out.
  void load_next()
  {
    if (!load_part()) {
      ended_ = true;
      check_whole();
      return;
    }
    const PieceRef& piece = pieces_[next_piece_++];
    loaded_ = reader_.load(piece.key, RecordKind::piece, Check::checksum);
    if (loaded_.content.size() != piece.length) {
      throw_corrupt("a piece of it is not as long as it should be");
    }
    hash_.update(loaded_.content);
    if (!load_part()) {
      ended_ = true;
      check_whole();
    }
    rest_ = loaded_.content;
  }

  void check_whole()
  {
    if (hash_.finish() != file_) {
      throw_corrupt("its content does not hash to its name");
    }
  }

  const RecordReader& reader_;
  model::Digest file_;
  Recipe recipe_;  // the parts of the list still to come
  std::vector<PieceRef> pieces_;
  std::size_t next_part_ = 0;
  std::size_t next_piece_ = 0;
  crypto::Sha256 hash_;
  LoadedRecord loaded_;
  ByteView rest_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ports::ByteSource> open_object(const RecordReader& reader, ports::ObjectKind kind,
                                               const model::Digest& digest)
{
  try {
    if (kind == ports::ObjectKind::tree) {
      return std::make_unique<WholeSource>(reader.load(digest, RecordKind::tree, Check::digest));
    }
    const Kinds kinds = Kinds(RecordKind::blob) | RecordKind::recipe;
    LoadedRecord record = reader.load(digest, kinds, Check::checksum);
    if (record.kind == RecordKind::recipe) {
      return std::make_unique<PiecesSource>(reader, digest, decode_recipe(record.content));
    }
    return std::make_unique<WholeSource>(reader.load(digest, RecordKind::blob, Check::digest));
  } catch (const model::Error& error) {
    throw about(digest, error);
  }
}

}  // namespace mlrepro::storage
