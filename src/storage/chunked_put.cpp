// SPDX-License-Identifier: Apache-2.0
#include "storage/chunked_put.hpp"

#include <algorithm>
#include <memory>

#include "crypto/sha256.hpp"
#include "storage/chunker.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_buffer = 8 * k_max_piece;
constexpr std::size_t k_read = std::size_t{1024} * 1024;

// A stretch of a source, of which the chunker sees a full piece ahead.
class Lookahead {
 public:
  Lookahead(ByteView start, ports::ByteSource& source)
      : source_(source),
        buffer_(std::make_unique_for_overwrite<std::byte[]>(size_for(start))),
        capacity_(size_for(start))
  {
    std::copy(start.begin(), start.end(), buffer_.get());
    end_ = start.size();
  }

  // At least k_max_piece bytes, or what is left.
  ByteView look()
  {
    while (!ended_ && end_ - begin_ < k_max_piece) {
      if (capacity_ - end_ < k_read) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
      }
      const std::size_t size = source_.read({buffer_.get() + end_, capacity_ - end_});
      end_ += size;
      ended_ = size == 0;
    }
    return {buffer_.get() + begin_, end_ - begin_};
  }

  void drop(std::size_t size) { begin_ += size; }

 private:
  static std::size_t size_for(ByteView start)
  {
    return std::max(k_buffer, start.size() + k_buffer / 2);
  }

  ports::ByteSource& source_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
};

}  // namespace

struct ChunkedPut::Piece {
  std::size_t index = 0;
  std::unique_ptr<std::byte[]> bytes;
  std::size_t size = 0;
  std::optional<model::Digest> key;  // where it was needed before
  std::vector<model::Digest> bases;
  std::uint64_t stored_bytes = 0;
  bool is_new = false;

  [[nodiscard]] ByteView content() const { return {bytes.get(), size}; }
};

ChunkedPut::ChunkedPut(const Tools& tools, std::optional<PreviousVersion> previous)
    : tools_(tools), previous_(std::move(previous))
{
}

ChunkedPut::~ChunkedPut()
{
  wait();
}

void ChunkedPut::wait()
{
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return under_way_ == 0; });
}

void ChunkedPut::take(ByteView content)
{
  auto piece = std::make_shared<Piece>();
  piece->bytes = std::make_unique_for_overwrite<std::byte[]>(content.size());
  piece->size = content.size();
  std::copy(content.begin(), content.end(), piece->bytes.get());
  if (previous_) {
    piece->key = digest_of(RecordKind::piece, content);
    piece->bases = previous_->align(*piece->key, content.size());
  }
  {
    const std::lock_guard guard(mutex_);
    if (error_) {
      std::rethrow_exception(error_);
    }
    piece->index = pieces_.size();
    pieces_.emplace_back();
    ++under_way_;
  }
  bytes_ += content.size();
  tools_.pool.run([this, piece] {
    std::exception_ptr error;
    try {
      store(*piece);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard guard(mutex_);
    if (error && !error_) {
      error_ = error;
    }
    finish_piece(*piece);
  });
}

// The last to touch `this`: with nothing under way, it may be destroyed.
void ChunkedPut::finish_piece(const Piece& piece)
{
  if (piece.key) {
    pieces_[piece.index] = {*piece.key, piece.size};
  }
  stored_bytes_ += piece.stored_bytes;
  new_bytes_ += piece.is_new ? piece.stored_bytes : 0;
  if (--under_way_ == 0) {
    idle_.notify_all();
  }
}

void ChunkedPut::store(Piece& piece)
{
  if (!piece.key) {
    piece.key = digest_of(RecordKind::piece, piece.content());
  }
  const RecordName name{*piece.key, RecordKind::piece};
  const Claim claim = tools_.writer.claim(name);
  piece.stored_bytes = claim.stored_bytes;
  piece.is_new = claim.is_mine;
  if (claim.is_mine) {
    piece.stored_bytes = append_record(name, piece.content(), piece.bases);
  }
}

// A record that was claimed.
std::uint64_t ChunkedPut::append_record(const RecordName& name, ByteView content,
                                        const std::vector<model::Digest>& bases)
{
  try {
    std::vector<RecordRow> row{{name.key, name.kind, static_cast<std::uint32_t>(content.size())}};
    const auto prefix = bases.empty() ? std::nullopt : load_prefix(tools_.reader, bases);
    return tools_.writer.append(prefix ? encode_block(std::move(row), content, *prefix)
                                       : encode_block(std::move(row), content));
  } catch (...) {
    tools_.writer.fail();
    throw;
  }
}

Recipe ChunkedPut::store_parts(const Recipe& recipe)
{
  Recipe outer{true, {}};
  for (std::size_t at = 0; at < recipe.pieces.size(); at += k_part_entries) {
    const auto first = recipe.pieces.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count = std::min(k_part_entries, recipe.pieces.size() - at);
    const Recipe part{false, {first, first + static_cast<std::ptrdiff_t>(count)}};
    const Bytes bytes = encode_recipe(part);
    const RecordName name{digest_of(RecordKind::piece, bytes), RecordKind::piece};
    const Claim claim = tools_.writer.claim(name);
    stored_bytes_ += claim.stored_bytes;
    if (claim.is_mine) {
      const std::uint64_t size = append_record(
          name, bytes,
          previous_ ? previous_->parts_near(at / k_part_entries) : std::vector<model::Digest>());
      stored_bytes_ += size;
      new_bytes_ += size;
    }
    outer.pieces.push_back({name.key, part.length()});
  }
  return outer;
}

ports::StoredObject ChunkedPut::store_recipe(const model::Digest& file)
{
  Recipe recipe{false, {pieces_.begin(), pieces_.end()}};
  if (recipe.pieces.size() > k_direct_entries) {
    recipe = store_parts(recipe);
  }
  const RecordName name{file, RecordKind::recipe};
  const Claim claim = tools_.writer.claim(name);
  std::uint64_t size = claim.stored_bytes;
  if (claim.is_mine) {
    size = append_record(name, encode_recipe(recipe), {});
    new_bytes_ += size;
  }
  return {file, bytes_, stored_bytes_ + size, new_bytes_, claim.is_mine};
}

ports::StoredObject ChunkedPut::put(ByteView start, ports::ByteSource& source)
{
  crypto::Sha256 whole;
  Lookahead ahead(start, source);
  for (ByteView content = ahead.look(); !content.empty(); content = ahead.look()) {
    const ByteView piece = content.first(cut_piece(content));
    whole.update(piece);
    take(piece);
    ahead.drop(piece.size());
  }
  wait();
  if (error_) {
    std::rethrow_exception(error_);
  }
  return store_recipe(whole.finish());
}

}  // namespace mlrepro::storage
