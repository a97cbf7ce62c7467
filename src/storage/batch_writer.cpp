// SPDX-License-Identifier: Apache-2.0
#include "storage/batch_writer.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"

namespace mlrepro::storage {
namespace {

// Raw bytes that small records share a block for.
constexpr std::size_t k_gathered = std::size_t{256} * 1024;
constexpr std::uint64_t k_pack_bytes = std::uint64_t{512} * 1024 * 1024;
// Bounds what a batch of many small files keeps in memory.
constexpr std::size_t k_pack_records = std::size_t{128} * 1024;

}  // namespace

BatchWriter::BatchWriter(PackSet& packs, std::string temporary, IsSound is_sound)
    : packs_(packs), temporary_(std::move(temporary)), is_sound_(std::move(is_sound))
{
}

std::optional<RecordLocation> BatchWriter::find_stored(const RecordName& name)
{
  auto stored = packs_.find_sound(name.key, name.kind);
  while (stored && is_sound_ && !is_sound_(*stored)) {
    packs_.mark_damaged(*stored->pack, stored->record.block);
    stored = packs_.find_sound(name.key, name.kind);
  }
  return stored;
}

Claim BatchWriter::claim(const RecordName& name)
{
  if (const auto stored = find_stored(name)) {
    return {false, stored->pack->stored_bytes(stored->record)};
  }
  const std::lock_guard guard(names_mutex_);
  for (const auto& pack : sealed_index_) {
    if (const auto record = pack->footer().find(name.key, name.kind)) {
      return {false, pack->stored_bytes(*record)};
    }
  }
  const auto [known, inserted] = names_.emplace(name, 0U);
  return {inserted, known->second};
}

void BatchWriter::fail()
{
  const std::lock_guard guard(names_mutex_);
  failed_ = true;
}

std::unique_ptr<PackWriter>& BatchWriter::writer_of(PackClass pack_class)
{
  auto& writer = writers_[static_cast<std::size_t>(pack_class)];
  if (!writer) {
    writer = std::make_unique<PackWriter>(next_temporary(temporary_), pack_class);
  }
  return writer;
}

void BatchWriter::seal_writer(std::unique_ptr<PackWriter>& writer)
{
  SealedPack pack = writer->seal();
  writer.reset();
  const FooterView& footer = pack.pack()->footer();
  {
    const std::lock_guard guard(names_mutex_);
    for (std::uint32_t i = 0; i < footer.record_count(); ++i) {
      const RecordEntry record = footer.record(i);
      names_.erase({record.key, record.kind});
    }
    sealed_index_.push_back(pack.pack());
  }
  auto& sealed = footer.pack_class() == PackClass::tree ? sealed_trees_ : sealed_;
  sealed.push_back(std::move(pack));
}

std::uint64_t BatchWriter::append(const EncodedBlock& block)
{
  const bool trees = block.head.records.front().kind == RecordKind::tree;
  const std::lock_guard guard(writers_mutex_);
  try {
    auto& writer = writer_of(trees ? PackClass::tree : PackClass::data);
    writer->append(block);
    {
      const std::lock_guard names_guard(names_mutex_);
      for (const RecordRow& row : block.head.records) {
        const std::uint64_t share = block.head.raw_length == 0
                                        ? block.size()
                                        : block.size() * row.length / block.head.raw_length;
        names_[{row.key, row.kind}] = static_cast<std::uint32_t>(share);
      }
    }
    if (writer->size() >= k_pack_bytes || writer->record_count() >= k_pack_records) {
      seal_writer(writer);
    }
  } catch (...) {
    fail();
    throw;
  }
  return block.size();
}

std::uint64_t BatchWriter::write_gathered(OpenBlock block, bool compress)
{
  const std::size_t raw = block.content.size();
  const EncodedBlock encoded = compress ? encode_block(std::move(block.records), block.content)
                                        : encode_raw_block(std::move(block.records), block.content);
  const std::uint64_t stored = append(encoded);
  if (compress && raw > 0) {
    const std::lock_guard guard(lanes_mutex_);
    ratio_ = std::min(1.0, static_cast<double>(stored) / static_cast<double>(raw));
  }
  return stored;
}

std::uint64_t BatchWriter::gather(const RecordName& name, ByteView content)
{
  const bool tree = name.kind == RecordKind::tree;
  const bool random = !tree && !is_compressible(content);
  const Lane lane = tree ? k_tree_lane : random ? k_random_lane : k_text_lane;
  OpenBlock full;
  std::uint64_t expected = content.size();
  {
    const std::lock_guard guard(lanes_mutex_);
    OpenBlock& block = lanes_[lane];
    block.records.push_back({name.key, name.kind, static_cast<std::uint32_t>(content.size())});
    block.content.insert(block.content.end(), content.begin(), content.end());
    if (!random) {
      expected = static_cast<std::uint64_t>(static_cast<double>(expected) * ratio_);
    }
    if (block.content.size() >= k_gathered || block.records.size() >= k_max_block_records) {
      full = std::exchange(block, {});
    }
  }
  if (!full.records.empty()) {
    write_gathered(std::move(full), !random);
  }
  return expected + k_record_row_size;
}

std::vector<SealedPack> BatchWriter::seal()
{
  {
    const std::lock_guard guard(names_mutex_);
    if (failed_) {
      throw model::Error(model::ErrorKind::io,
                         "store: an object could not be written, nothing is committed");
    }
  }
  try {
    for (std::size_t lane = 0; lane < k_lanes; ++lane) {
      OpenBlock block = std::exchange(lanes_[lane], {});
      if (!block.records.empty()) {
        write_gathered(std::move(block), lane != k_random_lane);
      }
    }
    for (auto& writer : writers_) {
      if (writer) {
        seal_writer(writer);
      }
    }
  } catch (...) {
    fail();
    throw;
  }
  std::vector<SealedPack> packs = std::exchange(sealed_, {});
  for (SealedPack& trees : sealed_trees_) {
    packs.push_back(std::move(trees));
  }
  sealed_trees_.clear();
  sealed_index_.clear();
  names_.clear();
  return packs;
}

}  // namespace mlrepro::storage
