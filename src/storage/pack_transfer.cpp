// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_transfer.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "mlrepro/model/error.hpp"
#include "storage/block_encoder.hpp"
#include "storage/pack_rewriter.hpp"

namespace mlrepro::storage {
namespace {

// What was sent is not sent again, pack by pack.
constexpr std::uint64_t k_pack_bytes = std::uint64_t{64} * 1024 * 1024;
constexpr std::size_t k_pack_records = std::size_t{128} * 1024;
constexpr std::size_t k_gathered = std::size_t{256} * 1024;
constexpr Kinds k_bases = Kinds(RecordKind::blob) | RecordKind::piece;

std::uint8_t depth_of(const Pack& pack, std::uint32_t block)
{
  return pack.footer().bases_of(block).empty() ? std::uint8_t{0}
                                               : pack.read_block_start(block).depth;
}

struct HashRecord {
  std::size_t operator()(const std::pair<model::Digest, RecordKind>& name) const
  {
    return std::hash<model::Digest>()(name.first) ^ static_cast<std::size_t>(name.second);
  }
};

// By pack and block; of each the numbers are those of the pack's footer.
using Wanted = std::map<std::pair<std::uint64_t, std::uint32_t>, BlockToCopy>;

void complete(BlockToCopy& block, std::size_t in_block)
{
  block.whole = block.whole && block.records.size() == in_block;
  std::sort(block.records.begin(), block.records.end(),
            [](const RecordEntry& a, const RecordEntry& b) { return a.offset < b.offset; });
  try {
    block.depth = depth_of(*block.pack, block.block);
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    block.whole = false;  // damaged, or merged into another pack: its records are looked for again
  }
}

std::vector<std::uint32_t> counts_by_block(const FooterView& footer)
{
  std::vector<std::uint32_t> counts(footer.block_count());
  for (std::uint32_t i = 0; i < footer.record_count(); ++i) {
    const std::uint32_t block = footer.record(i).block;
    if (block < counts.size()) {
      ++counts[block];
    }
  }
  return counts;
}

}  // namespace

TransferPlan plan_transfer(const std::vector<RecordLocation>& records, const HasRecord& target_has,
                           Recipes recipes)
{
  TransferPlan plan;
  Wanted wanted;
  std::unordered_set<std::pair<model::Digest, RecordKind>, HashRecord> seen;
  for (const RecordLocation& location : records) {
    const RecordEntry& record = location.record;
    if (!seen.emplace(record.key, record.kind).second || target_has(record.key, record.kind)) {
      continue;
    }
    ++plan.size.records;
    plan.size.bytes += location.pack->stored_bytes(record);
    BlockToCopy& block = wanted[{location.pack->serial(), record.block}];
    block.pack = location.pack;
    block.block = record.block;
    if (recipes == Recipes::last && record.kind == RecordKind::recipe) {
      plan.recipes.push_back(record.key);
      block.whole = false;
    } else {
      block.records.push_back(record);
    }
  }
  std::map<std::uint64_t, std::vector<std::uint32_t>> counts;
  for (auto& [place, block] : wanted) {
    if (block.records.empty()) {
      continue;
    }
    auto known = counts.find(place.first);
    if (known == counts.end()) {
      known = counts.emplace(place.first, counts_by_block(block.pack->footer())).first;
    }
    complete(block, known->second[block.block]);
    plan.blocks.push_back(std::move(block));
  }
  std::sort(plan.blocks.begin(), plan.blocks.end(), [](const BlockToCopy& a, const BlockToCopy& b) {
    // By the packs' names, so that equal stores give equal packs.
    return std::tie(a.depth, a.pack->path(), a.block) < std::tie(b.depth, b.pack->path(), b.block);
  });
  return plan;
}

PackTransfer::PackTransfer(const RecordReader& source, Place place)
    : source_(source), place_(std::move(place))
{
}

void PackTransfer::copy(const BlockToCopy& block)
{
  if (!(block.whole && has_bases(block) && copy_as_it_is(block))) {
    encode_anew(block);
  }
  const PackClass pack_class = block.pack->footer().pack_class();
  if (writer(pack_class).size() >= k_pack_bytes ||
      writer(pack_class).record_count() >= k_pack_records) {
    hand_over(pack_class);
  }
}

bool PackTransfer::copy_as_it_is(const BlockToCopy& block)
{
  try {
    const Bytes bytes = read_checked_block(*block.pack, block.block);
    for (const RecordEntry& record : block.records) {
      (void)source_.load_at({block.pack, record}, strictest_check(record.kind));
    }
    writer(block.pack->footer().pack_class()).append_verbatim(bytes);
    note_written(decode_block_head(bytes));
    return true;
  } catch (const model::Error& error) {
    // Damaged, or merged into another pack meanwhile: there may be another copy.
    if (!is_about_content(error)) {
      throw;
    }
    return false;
  }
}

void PackTransfer::encode_anew(const BlockToCopy& block)
{
  std::vector<RecordRow> rows;
  Bytes content;
  for (const RecordEntry& record : block.records) {
    try {
      const LoadedRecord loaded =
          source_.load(record.key, record.kind, strictest_check(record.kind));
      rows.push_back({record.key, record.kind, static_cast<std::uint32_t>(loaded.content.size())});
      content.insert(content.end(), loaded.content.begin(), loaded.content.end());
    } catch (const model::Error& error) {
      if (!is_about_content(error)) {
        throw;
      }
      damaged_.emplace(record.key, "object '" + record.key.hex() + "': " + error.message());
    }
  }
  if (rows.empty()) {
    return;
  }
  const EncodedBlock encoded = encode_block(std::move(rows), content);
  const bool trees = block.records.front().kind == RecordKind::tree;
  writer(trees ? PackClass::tree : PackClass::data).append(encoded);
  note_written(encoded.head);
}

bool PackTransfer::has_bases(const BlockToCopy& block)
{
  const auto bases = block.pack->footer().bases_of(block.block);
  return std::all_of(bases.begin(), bases.end(),
                     [&](const model::Digest& base) { return has_shallower(base, block.depth); });
}

bool PackTransfer::has_shallower(const model::Digest& base, std::uint8_t depth)
{
  const auto written = depths_.find(base);
  if (written != depths_.end() && written->second < depth) {
    return true;
  }
  const auto copies = place_.has->find_all(base, k_bases);
  return std::any_of(copies.begin(), copies.end(), [&](const RecordLocation& copy) {
    try {
      return place_.has->is_whole(copy) && depth_of(*copy.pack, copy.record.block) < depth;
    } catch (const model::Error& error) {
      if (!is_about_content(error)) {
        throw;
      }
      return false;
    }
  });
}

void PackTransfer::note_written(const BlockHead& head)
{
  for (const RecordRow& row : head.records) {
    if (k_bases.has(row.kind)) {
      const auto [known, is_new] = depths_.emplace(row.key, head.depth);
      known->second = std::min(known->second, head.depth);
      (void)is_new;
    }
  }
}

void PackTransfer::add(RecordKind kind, const model::Digest& key, ByteView content)
{
  if (content.size() > k_max_block_raw) {
    throw model::Error(model::ErrorKind::io, "a document is too long to be shared");
  }
  if (!small_rows_.empty() && small_.size() + content.size() > k_gathered) {
    flush_small();
  }
  small_rows_.push_back({key, kind, static_cast<std::uint32_t>(content.size())});
  small_.insert(small_.end(), content.begin(), content.end());
}

void PackTransfer::flush_small()
{
  if (small_rows_.empty()) {
    return;
  }
  const EncodedBlock encoded = encode_block(std::exchange(small_rows_, {}), small_);
  writer(PackClass::data).append(encoded);
  note_written(encoded.head);
  small_.clear();
  if (writer(PackClass::data).size() >= k_pack_bytes) {
    hand_over(PackClass::data);
  }
}

PackWriter& PackTransfer::writer(PackClass pack_class)
{
  auto& writer = writers_[static_cast<std::size_t>(pack_class)];
  if (!writer) {
    writer = std::make_unique<PackWriter>(next_temporary(place_.temporary), pack_class);
  }
  return *writer;
}

void PackTransfer::hand_over(PackClass pack_class)
{
  auto& writer = writers_[static_cast<std::size_t>(pack_class)];
  if (writer && writer->record_count() > 0) {
    SealedPack pack = writer->seal();
    writer.reset();
    place_.take(std::move(pack));
  }
  writer.reset();
}

void PackTransfer::finish()
{
  flush_small();
  hand_over(PackClass::data);
  hand_over(PackClass::tree);
}

}  // namespace mlrepro::storage
