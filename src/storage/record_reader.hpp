// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "storage/pack_set.hpp"

namespace mlrepro::storage {

// A block as it was before it was encoded. Its payload's checksum was right.
struct DecodedBlock {
  BlockHead head;
  Bytes bytes;
  ByteView content;  // in `bytes`
};

struct LoadedRecord {
  std::shared_ptr<const DecodedBlock> block;
  ByteView content;  // in the block
  RecordKind kind = RecordKind::blob;
};

// Decoded blocks that are likely to be asked for again: neighbours in a solid block, bases of
// deltas.
class BlockCache {
 public:
  explicit BlockCache(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] std::shared_ptr<const DecodedBlock> find(std::uint64_t pack, std::uint32_t block);
  void add(std::uint64_t pack, std::uint32_t block, std::shared_ptr<const DecodedBlock> decoded);

 private:
  struct Place {
    std::uint64_t pack;
    std::uint32_t block;
    bool operator==(const Place&) const = default;
  };
  struct HashPlace {
    std::size_t operator()(const Place& place) const
    {
      return place.pack * 1'000'003U + place.block;
    }
  };
  using Order = std::list<std::pair<Place, std::shared_ptr<const DecodedBlock>>>;

  std::size_t capacity_;
  std::size_t used_ = 0;
  std::mutex mutex_;
  Order order_;  // used last first
  std::unordered_map<Place, Order::iterator, HashPlace> places_;
};

enum class Check {
  checksum,  // what is on disk is what was written
  digest,    // and it hashes to its key
};

// Records out of packs: checked, undone of deltas, from another pack where one copy is damaged.
class RecordReader {
 public:
  explicit RecordReader(PackSet& packs);

  // Throws Error{not_found} when no pack has it, Error{corrupt} when none has it sound.
  [[nodiscard]] LoadedRecord load(const model::Digest& key, Kinds kinds, Check check) const;
  // One copy. Throws Error{corrupt}, and Error{not_found} when its pack is gone meanwhile.
  [[nodiscard]] LoadedRecord load_at(const RecordLocation& location, Check check) const;

 private:
  // Deltas in it may be `depth` deep at most, so that bases that name each other come to an end.
  [[nodiscard]] std::shared_ptr<const DecodedBlock> load_block(const RecordLocation& location,
                                                               std::uint8_t depth) const;
  [[nodiscard]] Bytes load_prefix(const BlockHead& head) const;
  [[nodiscard]] LoadedRecord load_copy(const RecordLocation& location, Check check,
                                       std::uint8_t depth) const;
  [[nodiscard]] LoadedRecord load_any(const model::Digest& key, Kinds kinds, Check check,
                                      std::uint8_t depth) const;

  PackSet& packs_;
  mutable BlockCache cache_;
};

// The strictest check that a record can be put to by itself: a recipe's key is that of its file.
Check strictest_check(RecordKind kind);

// The digest that a record's content must have; for a recipe that is not to be told from it.
model::Digest digest_of(RecordKind kind, ByteView content);

}  // namespace mlrepro::storage
