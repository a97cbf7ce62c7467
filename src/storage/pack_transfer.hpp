// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/ports/content_exchange.hpp"
#include "storage/pack_set.hpp"
#include "storage/pack_writer.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Records of one block that are to be copied.
struct BlockToCopy {
  std::shared_ptr<const Pack> pack;
  std::uint32_t block = 0;
  std::uint8_t depth = 0;            // of its deltas
  bool whole = true;                 // all that it holds
  std::vector<RecordEntry> records;  // in the order of its content
};

struct TransferPlan {
  std::vector<BlockToCopy> blocks;     // bases before what is a delta of them
  std::vector<model::Digest> recipes;  // to be copied last; none where they are among the blocks
  ports::TransferSize size;
};

enum class Recipes {
  with_the_rest,
  last,  // each once its file is known to be right, as its key is the file's
};

// Whether a place has a record already.
using HasRecord = std::function<bool(const model::Digest& key, RecordKind kind)>;

// What of `records` the target does not have, block by block.
TransferPlan plan_transfer(const std::vector<RecordLocation>& records, const HasRecord& target_has,
                           Recipes recipes);

// Copies records into new packs for a place that has others already. Each is compared with its key.
// Blocks are copied as they are where that place has, or gets, what they are differences from; else
// they are encoded anew, in full.
class PackTransfer {
 public:
  struct Place {
    std::shared_ptr<const PackList> has;
    std::string temporary;  // an existing folder, where packs are written
    std::function<void(SealedPack)> take;
  };

  PackTransfer(const RecordReader& source, Place place);

  // Records of which no copy is sound are left out, and named in `damaged`.
  void copy(const BlockToCopy& block);
  // A record that is in no pack.
  void add(RecordKind kind, const model::Digest& key, ByteView content);
  // Hands over what is not handed over yet.
  void finish();
  // What is wrong, by key.
  [[nodiscard]] const std::unordered_map<model::Digest, std::string>& damaged() const
  {
    return damaged_;
  }

 private:
  bool copy_as_it_is(const BlockToCopy& block);
  void encode_anew(const BlockToCopy& block);
  [[nodiscard]] bool has_bases(const BlockToCopy& block);
  [[nodiscard]] bool has_shallower(const model::Digest& base, std::uint8_t depth);
  void flush_small();
  void note_written(const BlockHead& head);
  PackWriter& writer(PackClass pack_class);
  void hand_over(PackClass pack_class);

  const RecordReader& source_;
  Place place_;
  std::array<std::unique_ptr<PackWriter>, 2> writers_;
  std::unordered_map<model::Digest, std::uint8_t> depths_;  // of what was written
  std::unordered_map<model::Digest, std::string> damaged_;
  std::vector<RecordRow> small_rows_;
  Bytes small_;
};

}  // namespace mlrepro::storage
