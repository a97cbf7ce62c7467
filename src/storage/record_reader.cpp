// SPDX-License-Identifier: Apache-2.0
#include "storage/record_reader.hpp"

#include <algorithm>

#include "crypto/sha256.hpp"
#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "storage/codec.hpp"
#include "storage/crc32c.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_cache_bytes = std::size_t{48} * 1024 * 1024;
// A bigger block would push out many small ones, and is a whole file that is read once.
constexpr std::size_t k_largest_cached = std::size_t{1024} * 1024;
// Merging may move a pack away under a reader, again and again, but not for ever.
constexpr int k_attempts = 8;

void check_record(const DecodedBlock& block, const RecordEntry& record)
{
  std::uint32_t at = 0;
  for (const RecordRow& row : block.head.records) {
    if (at > record.offset) {
      break;
    }
    if (at == record.offset && row.key == record.key && row.kind == record.kind &&
        row.length == record.length) {
      return;
    }
    at += row.length;
  }
  throw_corrupt("a block does not hold what the footer says");
}

}  // namespace

std::shared_ptr<const DecodedBlock> BlockCache::find(std::uint64_t pack, std::uint32_t block)
{
  const std::lock_guard guard(mutex_);
  const auto found = places_.find({pack, block});
  if (found == places_.end()) {
    return nullptr;
  }
  order_.splice(order_.begin(), order_, found->second);
  return found->second->second;
}

void BlockCache::add(std::uint64_t pack, std::uint32_t block,
                     std::shared_ptr<const DecodedBlock> decoded)
{
  const std::size_t size = decoded->bytes.size();
  if (size > k_largest_cached) {
    return;
  }
  const std::lock_guard guard(mutex_);
  if (places_.contains({pack, block})) {
    return;
  }
  used_ += size;
  order_.emplace_front(Place{pack, block}, std::move(decoded));
  places_.emplace(order_.front().first, order_.begin());
  while (used_ > capacity_) {
    used_ -= order_.back().second->bytes.size();
    places_.erase(order_.back().first);
    order_.pop_back();
  }
}

model::Digest digest_of(RecordKind kind, ByteView content)
{
  static thread_local crypto::Sha256 hash;
  if (kind == RecordKind::tree) {
    hash.update(format::k_tree_prefix);
  }
  hash.update(content);
  return hash.finish();
}

Check strictest_check(RecordKind kind)
{
  return kind == RecordKind::recipe ? Check::checksum : Check::digest;
}

RecordReader::RecordReader(PackSet& packs) : packs_(packs), cache_(k_cache_bytes) {}

Bytes RecordReader::load_prefix(const BlockHead& head) const
{
  Bytes prefix;
  for (const model::Digest& base : head.bases) {
    LoadedRecord record;
    try {
      record = load_any(base, Kinds(RecordKind::piece) | RecordKind::blob, Check::checksum,
                        static_cast<std::uint8_t>(head.depth - 1));
    } catch (const model::Error& error) {
      if (error.kind() == model::ErrorKind::not_found) {
        throw_corrupt("a delta's base is missing");
      }
      throw;
    }
    prefix.insert(prefix.end(), record.content.begin(), record.content.end());
    if (prefix.size() > k_max_block_raw) {
      throw_corrupt("a delta has bases that are too long");
    }
  }
  return prefix;
}

std::shared_ptr<const DecodedBlock> RecordReader::load_block(const RecordLocation& location,
                                                             std::uint8_t depth) const
{
  const Pack& pack = *location.pack;
  const std::uint32_t block = location.record.block;
  if (auto known = cache_.find(pack.serial(), block)) {
    if (known->head.depth > depth) {
      throw_corrupt("a delta is not deeper than its base");
    }
    return known;
  }
  Bytes stored = pack.read_block(block);
  auto decoded = std::make_shared<DecodedBlock>();
  decoded->head = decode_block_head(stored);
  const BlockHead& head = decoded->head;
  const auto sizes = peek_block(stored);
  if (sizes->head_crc != pack.footer().block(block).head_crc ||
      stored.size() != std::size_t{sizes->head} + sizes->stored) {
    throw_corrupt("a block is not the one that the footer means");
  }
  const ByteView payload = ByteView(stored).subspan(sizes->head);
  if (crc32c(payload) != head.payload_crc) {
    throw_corrupt("the content of a block is damaged");
  }
  if (head.depth > depth) {
    throw_corrupt("a delta is not deeper than its base");
  }
  if (head.codec == Codec::raw) {
    if (payload.size() != head.raw_length) {
      throw_corrupt("a block is not as long as it says");
    }
    decoded->bytes = std::move(stored);
    decoded->content = ByteView(decoded->bytes).subspan(sizes->head);
  } else {
    const Bytes prefix = load_prefix(head);
    decoded->bytes.resize(head.raw_length);
    decode(head.codec, payload, prefix, decoded->bytes);
    decoded->content = decoded->bytes;
  }
  cache_.add(pack.serial(), block, decoded);
  return decoded;
}

LoadedRecord RecordReader::load_at(const RecordLocation& location, Check check) const
{
  return load_copy(location, check, k_max_delta_depth);
}

LoadedRecord RecordReader::load_copy(const RecordLocation& location, Check check,
                                     std::uint8_t depth) const
{
  const RecordEntry& record = location.record;
  LoadedRecord loaded{load_block(location, depth), {}, record.kind};
  check_record(*loaded.block, record);
  loaded.content = loaded.block->content.subspan(record.offset, record.length);
  if (check == Check::digest && digest_of(record.kind, loaded.content) != record.key) {
    throw_corrupt("its content does not hash to its name");
  }
  return loaded;
}

LoadedRecord RecordReader::load_any(const model::Digest& key, Kinds kinds, Check check,
                                    std::uint8_t depth) const
{
  std::optional<model::Error> damage;
  bool moved = true;
  for (int attempt = 0; moved && attempt < k_attempts; ++attempt) {
    moved = false;
    auto copies = packs_.list()->find_all(key, kinds);
    std::stable_partition(copies.begin(), copies.end(),
                          [&](const auto& copy) { return !packs_.is_damaged(copy); });
    for (const RecordLocation& copy : copies) {
      try {
        return load_copy(copy, check, depth);
      } catch (const model::Error& error) {
        if (error.kind() == model::ErrorKind::not_found) {
          moved = true;
          continue;
        }
        if (error.kind() != model::ErrorKind::corrupt) {
          throw;
        }
        packs_.mark_damaged(*copy.pack, copy.record.block);
        damage = damage.value_or(error);
      }
    }
    // Another process may have just stored it, or moved a sound copy to where we did not look.
    const auto before = packs_.list();
    moved = packs_.rescan() != before || moved;
  }
  if (damage) {
    throw model::Error(*damage);
  }
  throw model::Error(model::ErrorKind::not_found, "record '" + key.hex() + "': in no pack");
}

LoadedRecord RecordReader::load(const model::Digest& key, Kinds kinds, Check check) const
{
  return load_any(key, kinds, check, k_max_delta_depth);
}

}  // namespace mlrepro::storage
