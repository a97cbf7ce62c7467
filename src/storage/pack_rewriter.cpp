// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_rewriter.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "storage/crc32c.hpp"
#include "storage/pack_batch.hpp"
#include "storage/pack_names.hpp"
#include "storage/store_locks.hpp"

namespace mlrepro::storage {
namespace {

// So many packs of one tier become one pack.
constexpr std::size_t k_many = 16;
constexpr std::uint64_t k_first_tier = std::uint64_t{64} * 1024;
constexpr std::uint64_t k_tier_factor = 16;
constexpr std::uint64_t k_merged_bytes = std::uint64_t{512} * 1024 * 1024;

using Packs = std::vector<std::shared_ptr<const Pack>>;

EncodedBlock encode_kept(const std::shared_ptr<const Pack>& pack,
                         const std::vector<NumberedRecord>& records, const Judge& judge,
                         const RecordReader& reader, Bytes& content)
{
  std::vector<RecordRow> rows;
  for (const auto& [number, record] : records) {
    const Fate fate = judge(*pack, number);
    if (fate == Fate::drop) {
      continue;
    }
    const LoadedRecord loaded = reader.load_at({pack, record}, strictest_check(record.kind));
    rows.push_back(
        {record.key, fate == Fate::keep ? record.kind : RecordKind::piece, record.length});
    content.insert(content.end(), loaded.content.begin(), loaded.content.end());
  }
  return encode_block(std::move(rows), content);
}

unsigned tier_of(std::uint64_t bytes)
{
  unsigned tier = 0;
  for (std::uint64_t limit = k_first_tier; bytes >= limit; limit *= k_tier_factor) {
    ++tier;
  }
  return tier;
}

// The smallest of a crowded tier that fit one pack; none when no tier is crowded.
Packs choose_crowded(const PackList& list)
{
  std::map<std::pair<PackClass, unsigned>, Packs> tiers;
  for (const auto& pack : list.packs()) {
    if (!pack->is_damaged() && pack->bytes() < k_merged_bytes / 2) {
      tiers[{pack->footer().pack_class(), tier_of(pack->bytes())}].push_back(pack);
    }
  }
  for (auto& [tier, packs] : tiers) {
    if (packs.size() < k_many) {
      continue;
    }
    std::sort(packs.begin(), packs.end(),
              [](const auto& a, const auto& b) { return a->bytes() < b->bytes(); });
    Packs chosen;
    std::uint64_t total = 0;
    for (const auto& pack : packs) {
      if (total + pack->bytes() > k_merged_bytes) {
        break;
      }
      total += pack->bytes();
      chosen.push_back(pack);
    }
    // In the order they were written: what belongs together stays together.
    std::sort(chosen.begin(), chosen.end(),
              [](const auto& a, const auto& b) { return a->modified_ns() < b->modified_ns(); });
    return chosen;
  }
  return {};
}

// A pack with damage in it stays as it is, for another copy to be found for what it held.
Packs without_damage(const Packs& packs)
{
  Packs sound;
  for (const auto& pack : packs) {
    try {
      for (std::uint32_t block = 0; block < pack->footer().block_count(); ++block) {
        (void)read_checked_block(*pack, block);
      }
      sound.push_back(pack);
    } catch (const model::Error& error) {
      if (!is_about_content(error)) {
        throw;
      }
    }
  }
  return sound;
}

}  // namespace

Bytes read_checked_block(const Pack& pack, std::uint32_t index)
{
  Bytes block = pack.read_block(index);
  const BlockHead head = decode_block_head(block);
  const auto sizes = peek_block(block);
  if (sizes->head_crc != pack.footer().block(index).head_crc ||
      block.size() != std::size_t{sizes->head} + sizes->stored ||
      crc32c(ByteView(block).subspan(sizes->head)) != head.payload_crc) {
    throw_corrupt("pack '" + pack.path() + "': a block is damaged");
  }
  return block;
}

void replace_packs(PackSet& packs, const Packs& old, SealedPack pack)
{
  const std::string path = pack_path(packs.folder(), pack.id());
  std::vector<SealedPack> fresh;
  fresh.push_back(std::move(pack));
  publish_packs(fresh, packs.folder());
  for (const auto& replaced : old) {
    if (replaced->path() != path) {
      (void)::unlink(replaced->path().c_str());
    }
  }
  posix::sync_folder(packs.folder());
  (void)packs.rescan();
}

std::optional<SealedPack> rewrite_packs(const Packs& packs, const Rewriting& rewriting,
                                        const RecordReader& reader, const std::string& temporary)
{
  PackWriter writer(next_temporary(temporary), packs.front()->footer().pack_class());
  for (const auto& pack : packs) {
    const auto blocks = records_by_block(pack->footer());
    for (std::uint32_t block = 0; block < blocks.size(); ++block) {
      const auto& records = blocks[block];
      const auto all = [&](Fate fate) {
        return std::all_of(records.begin(), records.end(), [&](const auto& record) {
          return rewriting.fate(*pack, record.number) == fate;
        });
      };
      if (all(Fate::drop)) {
        continue;
      }
      if (all(Fate::keep) && rewriting.can_copy(*pack, block)) {
        writer.append_verbatim(read_checked_block(*pack, block));
      } else {
        Bytes content;
        writer.append(encode_kept(pack, records, rewriting.fate, reader, content));
      }
    }
  }
  if (writer.record_count() == 0) {
    return std::nullopt;
  }
  return writer.seal();
}

void merge_small_packs(PackSet& packs, const std::string& objects, const std::string& temporary)
{
  if (choose_crowded(*packs.list()).empty()) {
    return;
  }
  const auto merging = StoreLock::try_take(objects + "/merge.lock", posix::LockMode::exclusive);
  const auto keeping = StoreLock::try_take(objects + "/lock", posix::LockMode::shared);
  if (!merging || !keeping) {
    return;
  }
  const Packs old = without_damage(choose_crowded(*packs.rescan()));
  if (old.size() < 2) {
    return;
  }
  PackWriter writer(next_temporary(temporary), old.front()->footer().pack_class());
  for (const auto& pack : old) {
    for (std::uint32_t block = 0; block < pack->footer().block_count(); ++block) {
      writer.append_verbatim(pack->read_block(block));
    }
  }
  replace_packs(packs, old, writer.seal());
}

}  // namespace mlrepro::storage
