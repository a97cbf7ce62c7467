// SPDX-License-Identifier: Apache-2.0
#include "storage/recompression.hpp"

#include <exception>
#include <map>
#include <mutex>

#include "mlrepro/model/error.hpp"
#include "storage/pack_rewriter.hpp"
#include "storage/worker_pool.hpp"

namespace mlrepro::storage {
namespace {

// Bytes of content that share a block. Longer ones compress better, but who wants one record of a
// block decodes all of it. Folder nodes are read one by one more often than content is.
constexpr std::size_t k_data_block = std::size_t{1024} * 1024;
constexpr std::size_t k_tree_block = std::size_t{256} * 1024;

using PackPtr = std::shared_ptr<const Pack>;

bool is_plain(std::uint8_t codec)
{
  return codec == static_cast<std::uint8_t>(Codec::zstd) ||
         codec == static_cast<std::uint8_t>(Codec::zstd_grouped2) ||
         codec == static_cast<std::uint8_t>(Codec::zstd_grouped4);
}

bool can_gain(const BlockStart& start, int level)
{
  return is_plain(start.codec) && start.effort < level;
}

struct OldBlock {
  PackPtr pack;
  std::uint32_t number = 0;
  std::vector<NumberedRecord> records;
};

// Blocks that become one.
struct Group {
  std::vector<OldBlock> blocks;
  std::uint64_t stored = 0;
  std::size_t raw = 0;
  std::size_t records = 0;
};

class Recompressor {
 public:
  Recompressor(const Recompression& how, const RecordReader& reader, PackClass pack_class,
               const std::string& temporary)
      : how_(how),
        reader_(reader),
        block_size_(pack_class == PackClass::tree ? k_tree_block : k_data_block),
        writer_(next_temporary(temporary), pack_class)
  {
  }

  Recompressed run(const std::vector<PackPtr>& packs)
  {
    {
      WorkerPool pool(how_.threads);
      for (const PackPtr& pack : packs) {
        guarded(pack, [&] { take(pack, pool); });
      }
      for (auto& [codec, group] : open_) {
        close(codec, group, pool);
      }
    }
    if (unreadable_) {
      return {std::nullopt, unreadable_};
    }
    if (error_) {
      std::rethrow_exception(error_);
    }
    return {writer_.seal(), nullptr};
  }

 private:
  // Work that fails ends all of it. Of what can't be read, `pack` is remembered, which the work may
  // set to what it reads.
  void guarded(const PackPtr& pack, const std::function<void()>& work)
  {
    if (is_over()) {
      return;
    }
    try {
      work();
    } catch (const model::Error& error) {
      const std::lock_guard guard(mutex_);
      if (is_about_content(error)) {
        unreadable_ = pack;
      } else {
        error_ = std::current_exception();
      }
    } catch (...) {
      const std::lock_guard guard(mutex_);
      error_ = std::current_exception();
    }
  }

  bool is_over()
  {
    const std::lock_guard guard(mutex_);
    return unreadable_ || error_;
  }

  void take(const PackPtr& pack, WorkerPool& pool)
  {
    auto records = records_by_block(pack->footer());
    for (std::uint32_t number = 0; number < records.size() && !is_over(); ++number) {
      const BlockEntry entry = pack->footer().block(number);
      const BlockStart start = pack->read_block_start(number);
      if (!can_gain(start, how_.level)) {
        copy(pack, number);
        how_.advance(entry.length);
        continue;
      }
      const auto codec = static_cast<Codec>(start.codec);
      Group& group = open_[codec];
      if (!group.blocks.empty() && (group.raw + entry.raw_length > block_size_ ||
                                    group.records + records[number].size() > k_max_block_records)) {
        close(codec, group, pool);
      }
      group.stored += entry.length;
      group.raw += entry.raw_length;
      group.records += records[number].size();
      group.blocks.push_back({pack, number, std::move(records[number])});
    }
  }

  void close(Codec codec, Group& open, WorkerPool& pool)
  {
    const auto group = std::make_shared<const Group>(std::exchange(open, {}));
    if (group->blocks.empty()) {
      return;
    }
    pool.run([this, codec, group] {
      // The blocks of one group may be of several packs.
      PackPtr reading = group->blocks.front().pack;
      guarded(reading, [&] {
        encode(codec, *group, reading);
        how_.advance(group->stored);
      });
    });
  }

  void encode(Codec codec, const Group& group, PackPtr& reading)
  {
    Bytes content;
    content.reserve(group.raw);
    std::vector<RecordRow> rows;
    for (const OldBlock& block : group.blocks) {
      reading = block.pack;
      for (const auto& [number, record] : block.records) {
        const LoadedRecord loaded =
            reader_.load_at({block.pack, record}, strictest_check(record.kind));
        rows.push_back({record.key, record.kind, record.length});
        content.insert(content.end(), loaded.content.begin(), loaded.content.end());
      }
    }
    const auto harder = encode_block_at_level(std::move(rows), content, codec, how_.level);
    if (harder && harder->size() < group.stored) {
      append(*harder);
      return;
    }
    for (const OldBlock& block : group.blocks) {
      reading = block.pack;
      append(with_effort(read_checked_block(*block.pack, block.number), how_.level));
    }
  }

  void append(const EncodedBlock& block)
  {
    const std::lock_guard guard(writing_);
    writer_.append(block);
  }

  void copy(const PackPtr& pack, std::uint32_t number)
  {
    const Bytes stored = read_checked_block(*pack, number);
    const std::lock_guard guard(writing_);
    writer_.append_verbatim(stored);
  }

  const Recompression& how_;
  const RecordReader& reader_;
  std::size_t block_size_;
  std::map<Codec, Group> open_;
  std::mutex writing_;
  PackWriter writer_;
  std::mutex mutex_;
  PackPtr unreadable_;
  std::exception_ptr error_;
};

}  // namespace

std::uint64_t compressible_bytes(const Pack& pack, int level)
{
  std::uint64_t bytes = 0;
  for (std::uint32_t number = 0; number < pack.footer().block_count(); ++number) {
    if (can_gain(pack.read_block_start(number), level)) {
      bytes += pack.footer().block(number).length;
    }
  }
  return bytes;
}

Recompressed recompress(const std::vector<PackPtr>& packs, const Recompression& how,
                        const RecordReader& reader, const std::string& temporary)
{
  Recompressor recompressor(how, reader, packs.front()->footer().pack_class(), temporary);
  return recompressor.run(packs);
}

}  // namespace mlrepro::storage
