// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_footer.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mlrepro::storage {
namespace {

constexpr std::string_view k_footer_magic = "MLRINDX1";
constexpr std::size_t k_fixed = 24;
constexpr std::size_t k_fan_out = std::size_t{256} * 4;
constexpr std::size_t k_block_size = 20;
constexpr std::size_t k_record_size = 44;
constexpr std::size_t k_base_size = 36;

std::size_t first_byte(const model::Digest& key)
{
  return key.bytes()[0];
}

}  // namespace

void add_block(Footer& footer, const BlockHead& head, const BlockStart& sizes, std::uint64_t offset)
{
  const auto block = static_cast<std::uint32_t>(footer.blocks.size());
  footer.blocks.push_back({offset, sizes.head + sizes.stored, head.raw_length, sizes.head_crc});
  std::uint32_t at = 0;
  for (const RecordRow& row : head.records) {
    footer.records.push_back({row.key, row.kind, block, at, row.length});
    at += row.length;
  }
  for (const model::Digest& base : head.bases) {
    footer.bases.push_back({block, base});
  }
}

Bytes encode_footer(Footer& footer)
{
  std::sort(footer.records.begin(), footer.records.end(), [](const auto& a, const auto& b) {
    return a.key != b.key ? a.key < b.key : a.kind < b.kind;
  });
  std::array<std::uint32_t, 256> fan_out{};
  for (const RecordEntry& record : footer.records) {
    ++fan_out[first_byte(record.key)];
  }
  Bytes bytes(k_fixed + k_fan_out + footer.blocks.size() * k_block_size +
              footer.records.size() * k_record_size + footer.bases.size() * k_base_size);
  std::byte* at = bytes.data();
  std::memcpy(at, k_footer_magic.data(), k_footer_magic.size());
  put(at + 8, static_cast<std::uint32_t>(footer.pack_class));
  put(at + 12, static_cast<std::uint32_t>(footer.blocks.size()));
  put(at + 16, static_cast<std::uint32_t>(footer.records.size()));
  put(at + 20, static_cast<std::uint32_t>(footer.bases.size()));
  at += k_fixed;
  std::uint32_t below = 0;
  for (const std::uint32_t count : fan_out) {
    below += count;
    put(at, below);
    at += 4;
  }
  for (const BlockEntry& block : footer.blocks) {
    put(at, block.offset);
    put(at + 8, block.length);
    put(at + 12, block.raw_length);
    put(at + 16, block.head_crc);
    at += k_block_size;
  }
  for (const RecordEntry& record : footer.records) {
    put_digest(at, record.key);
    put(at + 32, record.block);
    put(at + 36, record.offset);
    put(at + 40, record.length | static_cast<std::uint32_t>(record.kind) << 28U);
    at += k_record_size;
  }
  for (const BaseEntry& base : footer.bases) {
    put(at, base.block);
    put_digest(at + 4, base.key);
    at += k_base_size;
  }
  return bytes;
}

FooterView::FooterView(ByteView bytes)
{
  if (bytes.size() < k_fixed + k_fan_out ||
      std::memcmp(bytes.data(), k_footer_magic.data(), k_footer_magic.size()) != 0) {
    throw_corrupt("not a pack's footer");
  }
  const auto pack_class = get<std::uint32_t>(bytes.data() + 8);
  blocks_ = get<std::uint32_t>(bytes.data() + 12);
  records_ = get<std::uint32_t>(bytes.data() + 16);
  bases_ = get<std::uint32_t>(bytes.data() + 20);
  const std::uint64_t size = k_fixed + k_fan_out + std::uint64_t{blocks_} * k_block_size +
                             std::uint64_t{records_} * k_record_size +
                             std::uint64_t{bases_} * k_base_size;
  if (pack_class > 1 || size != bytes.size()) {
    throw_corrupt("a pack's footer contradicts itself");
  }
  pack_class_ = static_cast<PackClass>(pack_class);
  fan_out_ = bytes.data() + k_fixed;
  block_table_ = fan_out_ + k_fan_out;
  record_table_ = block_table_ + std::size_t{blocks_} * k_block_size;
  base_table_ = record_table_ + std::size_t{records_} * k_record_size;
  std::uint32_t below = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    const auto next = get<std::uint32_t>(fan_out_ + 4 * i);
    if (next < below) {
      throw_corrupt("a pack's footer is out of order");
    }
    below = next;
  }
  if (below != records_) {
    throw_corrupt("a pack's footer contradicts itself");
  }
}

BlockEntry FooterView::block(std::uint32_t index) const
{
  if (index >= blocks_) {
    throw_corrupt("a pack's footer names a block that it does not have");
  }
  const std::byte* at = block_table_ + std::size_t{index} * k_block_size;
  return {get<std::uint64_t>(at), get<std::uint32_t>(at + 8), get<std::uint32_t>(at + 12),
          get<std::uint32_t>(at + 16)};
}

const std::byte* FooterView::record_at(std::uint32_t index) const
{
  return record_table_ + std::size_t{index} * k_record_size;
}

RecordEntry FooterView::record(std::uint32_t index) const
{
  if (index >= records_) {
    throw_corrupt("a pack's footer has no such record");
  }
  const std::byte* at = record_at(index);
  const auto word = get<std::uint32_t>(at + 40);
  if (word >> 28U > static_cast<std::uint32_t>(RecordKind::piece)) {
    throw_corrupt("a pack's footer has a record of an unknown kind");
  }
  return {get_digest(at), static_cast<RecordKind>(word >> 28U), get<std::uint32_t>(at + 32),
          get<std::uint32_t>(at + 36), word & k_max_block_raw};
}

BaseEntry FooterView::base(std::uint32_t index) const
{
  if (index >= bases_) {
    throw_corrupt("a pack's footer has no such base");
  }
  const std::byte* at = base_table_ + std::size_t{index} * k_base_size;
  return {get<std::uint32_t>(at), get_digest(at + 4)};
}

std::vector<model::Digest> FooterView::bases_of(std::uint32_t block) const
{
  std::uint32_t low = 0;
  std::uint32_t high = bases_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (base(middle).block < block) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  std::vector<model::Digest> keys;
  for (; low < bases_ && base(low).block == block; ++low) {
    keys.push_back(base(low).key);
  }
  return keys;
}

std::pair<std::uint32_t, std::uint32_t> FooterView::range_of(const model::Digest& key) const
{
  const std::size_t first = first_byte(key);
  std::uint32_t low = first == 0 ? 0 : get<std::uint32_t>(fan_out_ + 4 * (first - 1));
  std::uint32_t high = get<std::uint32_t>(fan_out_ + 4 * first);
  const std::uint32_t end = high;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (std::memcmp(record_at(middle), key.bytes().data(), model::Digest::k_size) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  std::uint32_t after = low;
  while (after < end &&
         std::memcmp(record_at(after), key.bytes().data(), model::Digest::k_size) == 0) {
    ++after;
  }
  return {low, after};
}

std::optional<RecordEntry> FooterView::find(const model::Digest& key, Kinds kinds) const
{
  const auto [first, after] = range_of(key);
  for (std::uint32_t i = first; i < after; ++i) {
    const RecordEntry entry = record(i);
    if (kinds.has(entry.kind)) {
      return entry;
    }
  }
  return std::nullopt;
}

std::vector<std::vector<NumberedRecord>> records_by_block(const FooterView& footer)
{
  std::vector<std::vector<NumberedRecord>> blocks(footer.block_count());
  for (std::uint32_t i = 0; i < footer.record_count(); ++i) {
    const RecordEntry record = footer.record(i);
    (void)footer.block(record.block);
    blocks[record.block].push_back({i, record});
  }
  for (auto& records : blocks) {
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.entry.offset < b.entry.offset; });
  }
  return blocks;
}

}  // namespace mlrepro::storage
