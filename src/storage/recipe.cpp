// SPDX-License-Identifier: Apache-2.0
#include "storage/recipe.hpp"

#include "storage/pack_format.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::byte k_version{1};
// Keeps the sum of any number of lengths from running over.
constexpr std::uint64_t k_max_length = std::uint64_t{1} << 56U;

void put_varint(Bytes& bytes, std::uint64_t value)
{
  for (; value >= 0x80U; value >>= 7U) {
    bytes.push_back(static_cast<std::byte>(value | 0x80U));
  }
  bytes.push_back(static_cast<std::byte>(value));
}

class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  std::byte byte()
  {
    need(1);
    const std::byte value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }

  std::uint64_t varint()
  {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const auto part = std::to_integer<std::uint64_t>(byte());
      value |= (part & 0x7FU) << shift;
      if (part < 0x80U) {
        return value;
      }
    }
    throw_corrupt("a recipe has a number that is too long");
  }

  model::Digest digest()
  {
    need(model::Digest::k_size);
    const model::Digest value = get_digest(rest_.data());
    rest_ = rest_.subspan(model::Digest::k_size);
    return value;
  }

  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  void need(std::size_t size) const
  {
    if (rest_.size() < size) {
      throw_corrupt("a recipe ends too early");
    }
  }

  ByteView rest_;
};

}  // namespace

std::uint64_t Recipe::length() const
{
  std::uint64_t sum = 0;
  for (const PieceRef& piece : pieces) {
    sum += piece.length;
  }
  return sum;
}

Bytes encode_recipe(const Recipe& recipe)
{
  Bytes bytes;
  bytes.reserve(recipe.pieces.size() * (model::Digest::k_size + 3) + 8);
  bytes.push_back(k_version);
  bytes.push_back(recipe.nested ? std::byte{1} : std::byte{0});
  put_varint(bytes, recipe.pieces.size());
  for (const PieceRef& piece : recipe.pieces) {
    put_varint(bytes, piece.length);
    const auto key = std::as_bytes(std::span(piece.key.bytes()));
    bytes.insert(bytes.end(), key.begin(), key.end());
  }
  return bytes;
}

Recipe decode_recipe(ByteView bytes)
{
  Reader reader(bytes);
  if (reader.byte() != k_version) {
    throw_corrupt("a recipe of an unknown version");
  }
  const std::byte nested = reader.byte();
  const std::uint64_t count = reader.varint();
  if (nested > std::byte{1} || count > reader.left() / (model::Digest::k_size + 1)) {
    throw_corrupt("a recipe contradicts itself");
  }
  Recipe recipe;
  recipe.nested = nested == std::byte{1};
  recipe.pieces.resize(count);
  std::uint64_t sum = 0;
  for (PieceRef& piece : recipe.pieces) {
    piece.length = reader.varint();
    piece.key = reader.digest();
    sum += piece.length;
    if (piece.length == 0 || piece.length > k_max_length || sum > k_max_length) {
      throw_corrupt("a recipe has a piece of an impossible length");
    }
  }
  if (reader.left() != 0) {
    throw_corrupt("a recipe goes on after its end");
  }
  return recipe;
}

}  // namespace mlrepro::storage
