// SPDX-License-Identifier: Apache-2.0
#include "storage/object_source.hpp"

#include <algorithm>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/read_ahead.hpp"
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

// The pieces of a file in their order, the parts of a nested recipe one at a time.
class PieceLoader {
 public:
  PieceLoader(const RecordReader& reader, Recipe recipe)
      : reader_(reader), recipe_(std::move(recipe))
  {
    if (!recipe_.nested) {
      pieces_ = std::exchange(recipe_.pieces, {});
      recipe_.nested = true;
    }
  }

  std::optional<LoadedRecord> next()
  {
    if (!load_part()) {
      return std::nullopt;
    }
    const PieceRef& piece = pieces_[next_piece_++];
    LoadedRecord loaded = reader_.load(piece.key, RecordKind::piece, Check::checksum);
    if (loaded.content.size() != piece.length) {
      throw_corrupt("a piece of it is not as long as it should be");
    }
    return loaded;
  }

 private:
  // False: there are no more.
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

  const RecordReader& reader_;
  Recipe recipe_;
  std::vector<PieceRef> pieces_;
  std::size_t next_part_ = 0;
  std::size_t next_piece_ = 0;
};

class PiecesSource final : public ports::ByteSource {
 public:
  PiecesSource(const RecordReader& reader, const model::Digest& file, Recipe recipe)
      : file_(file), loader_(reader, std::move(recipe)), ahead_([this] { return loader_.next(); })
  {
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
  // Pieces are checked as they come, the whole before the last of them is handed out.
  void load_next()
  {
    current_ = started_ ? std::move(next_) : ahead_.next();
    started_ = true;
    if (current_) {
      hash_.update(current_->content);
      next_ = ahead_.next();
      rest_ = current_->content;
    }
    if (!current_ || !next_) {
      ended_ = true;
      if (hash_.finish() != file_) {
        rest_ = {};
        throw_corrupt("its content does not hash to its name");
      }
    }
  }

  model::Digest file_;
  PieceLoader loader_;
  ReadAhead ahead_;  // after what it reads with
  crypto::Sha256 hash_;
  std::optional<LoadedRecord> current_;
  std::optional<LoadedRecord> next_;
  ByteView rest_;  // of the current one
  bool started_ = false;
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

std::unique_ptr<ports::ByteSource> open_recipe(const RecordReader& reader,
                                               const model::Digest& digest, ByteView recipe)
{
  return std::make_unique<PiecesSource>(reader, digest, decode_recipe(recipe));
}

}  // namespace mlrepro::storage
