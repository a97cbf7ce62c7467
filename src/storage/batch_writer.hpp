// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/pack_set.hpp"
#include "storage/pack_writer.hpp"

namespace mlrepro::storage {

struct RecordName {
  model::Digest key;
  RecordKind kind = RecordKind::blob;
  bool operator==(const RecordName&) const = default;
};

// What became of the wish to store a record.
struct Claim {
  bool is_mine = false;            // the caller has to hand its content over
  std::uint64_t stored_bytes = 0;  // of the record that is there; 0 where that is not known yet
};

// The packs that one batch writes. Any number of threads claim and hand over records; each record
// is stored once, and not at all where the store has it.
class BatchWriter {
 public:
  // Reads a stored record again; false: it can't be relied on.
  using IsSound = std::function<bool(const RecordLocation&)>;

  // With `is_sound`, each record that the store has already is asked about before it counts.
  BatchWriter(PackSet& packs, std::string temporary, IsSound is_sound = nullptr);

  // For each record that is given out as the caller's own, `append`, `gather` or `fail` follows.
  [[nodiscard]] Claim claim(const RecordName& name);
  // A block of records that were claimed. Returns what it takes.
  std::uint64_t append(const EncodedBlock& block);
  // A small record, to be compressed together with others. Returns about what it will take.
  std::uint64_t gather(const RecordName& name, ByteView content);
  // Something that was claimed will not come: the batch can't be committed any more.
  void fail();

  // All packs, complete but neither synced nor published; data before trees. No other call may be
  // under way.
  [[nodiscard]] std::vector<SealedPack> seal();

 private:
  struct HashName {
    std::size_t operator()(const RecordName& name) const
    {
      return std::hash<model::Digest>()(name.key) ^ static_cast<std::size_t>(name.kind);
    }
  };
  // Small records that will become one block.
  struct OpenBlock {
    std::vector<RecordRow> records;
    Bytes content;
  };
  enum Lane : std::size_t { k_text_lane, k_random_lane, k_tree_lane, k_lanes };

  std::optional<RecordLocation> find_stored(const RecordName& name);
  std::uint64_t write_gathered(OpenBlock block, bool compress);
  std::unique_ptr<PackWriter>& writer_of(PackClass pack_class);
  void seal_writer(std::unique_ptr<PackWriter>& writer);

  PackSet& packs_;
  std::string temporary_;
  IsSound is_sound_;

  std::mutex names_mutex_;
  // Claimed, and not in a sealed pack yet. The value is what the record takes, 0 while unknown.
  std::unordered_map<RecordName, std::uint32_t, HashName> names_;
  std::vector<std::shared_ptr<const Pack>> sealed_index_;
  bool failed_ = false;

  std::mutex lanes_mutex_;
  std::array<OpenBlock, k_lanes> lanes_;
  double ratio_ = 1;  // stored to raw bytes of the gathered block before

  std::mutex writers_mutex_;
  std::array<std::unique_ptr<PackWriter>, 2> writers_;
  std::vector<SealedPack> sealed_;
  std::vector<SealedPack> sealed_trees_;
};

}  // namespace mlrepro::storage
