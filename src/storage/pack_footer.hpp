// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "storage/pack_format.hpp"

namespace mlrepro::storage {

struct BlockEntry {
  std::uint64_t offset = 0;  // in the pack
  std::uint32_t length = 0;  // head and payload
  std::uint32_t raw_length = 0;
  std::uint32_t head_crc = 0;  // the head holds the payload's
};

// Where in a pack a record is.
struct RecordEntry {
  model::Digest key;
  RecordKind kind = RecordKind::blob;
  std::uint32_t block = 0;
  std::uint32_t offset = 0;  // in the block's content
  std::uint32_t length = 0;
};

// `block` is stored as what differs from record `key`.
struct BaseEntry {
  std::uint32_t block = 0;
  model::Digest key;
};

struct Footer {
  PackClass pack_class = PackClass::data;
  std::vector<BlockEntry> blocks;
  std::vector<RecordEntry> records;
  std::vector<BaseEntry> bases;  // in the order of their blocks
};

// Adds a block that begins at `offset` and all that its head says.
void add_block(Footer& footer, const BlockHead& head, const BlockStart& sizes,
               std::uint64_t offset);

// Puts the records into the order of their keys.
Bytes encode_footer(Footer& footer);

// Reads a footer where it lies; `bytes` must outlive it.
class FooterView {
 public:
  FooterView() = default;
  // Throws Error{corrupt} when the parts do not fit the length.
  explicit FooterView(ByteView bytes);

  [[nodiscard]] PackClass pack_class() const { return pack_class_; }
  [[nodiscard]] std::uint32_t block_count() const { return blocks_; }
  [[nodiscard]] std::uint32_t record_count() const { return records_; }
  [[nodiscard]] std::uint32_t base_count() const { return bases_; }
  [[nodiscard]] BlockEntry block(std::uint32_t index) const;
  [[nodiscard]] RecordEntry record(std::uint32_t index) const;
  [[nodiscard]] BaseEntry base(std::uint32_t index) const;
  // The bases of one block.
  [[nodiscard]] std::vector<model::Digest> bases_of(std::uint32_t block) const;

  [[nodiscard]] std::optional<RecordEntry> find(const model::Digest& key, Kinds kinds) const;
  // The numbers of all records with this key, whatever their kind: from the first to before the
  // second.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> range_of(const model::Digest& key) const;

 private:
  [[nodiscard]] const std::byte* record_at(std::uint32_t index) const;

  PackClass pack_class_ = PackClass::data;
  std::uint32_t blocks_ = 0;
  std::uint32_t records_ = 0;
  std::uint32_t bases_ = 0;
  const std::byte* fan_out_ = nullptr;
  const std::byte* block_table_ = nullptr;
  const std::byte* record_table_ = nullptr;
  const std::byte* base_table_ = nullptr;
};

// A record and which one of its footer it is.
struct NumberedRecord {
  std::uint32_t number = 0;
  RecordEntry entry;
};

// What each block holds, in the order of its content. Throws Error{corrupt} when a record is in
// none.
std::vector<std::vector<NumberedRecord>> records_by_block(const FooterView& footer);

}  // namespace mlrepro::storage
