// SPDX-License-Identifier: Apache-2.0
#include "storage/local_store_care.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "storage/pack_batch.hpp"
#include "storage/pack_names.hpp"
#include "storage/pack_writer.hpp"
#include "storage/store_locks.hpp"

namespace mlrepro::storage {
namespace {

class RecordSource final : public ports::ByteSource {
 public:
  explicit RecordSource(LoadedRecord record) : record_(std::move(record)), rest_(record_.content) {}

  std::size_t read(std::span<std::byte> buffer) override
  {
    const std::size_t size = std::min(buffer.size(), rest_.size());
    std::copy_n(rest_.begin(), size, buffer.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  LoadedRecord record_;
  ByteView rest_;
};

}  // namespace

LocalStoreCare::LocalStoreCare(std::string objects, std::string temporary)
    : objects_(std::move(objects)),
      temporary_(std::move(temporary)),
      packs_(objects_ + "/packs"),
      reader_(packs_)
{
}

std::uint64_t LocalStoreCare::damaged_indexes()
{
  const auto list = packs_.rescan();
  return static_cast<std::uint64_t>(
      std::count_if(list->packs().begin(), list->packs().end(),
                    [](const auto& pack) { return pack->is_damaged(); }));
}

// The same blocks give the same footer and so the same name. Where the name comes out otherwise, a
// block was lost: that pack stays as it is, for what may still be read out of it.
bool LocalStoreCare::mend(const std::shared_ptr<const Pack>& pack)
{
  PackWriter writer(next_temporary(temporary_), pack->footer().pack_class());
  try {
    for (std::uint32_t block = 0; block < pack->footer().block_count(); ++block) {
      writer.append_verbatim(pack->read_block(block));
    }
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    return false;
  }
  std::vector<SealedPack> mended;
  mended.push_back(writer.seal());
  if (pack_path(packs_.folder(), mended.front().id()) != pack->path()) {
    return false;
  }
  publish_packs(mended, packs_.folder());
  return true;
}

// As merging does it: alone with other mergers, and beside writers and readers.
std::uint64_t LocalStoreCare::mend_indexes()
{
  if (damaged_indexes() == 0) {
    return 0;
  }
  const auto merging = StoreLock::try_take(objects_ + "/merge.lock", posix::LockMode::exclusive);
  const auto keeping = StoreLock::try_take(objects_ + "/lock", posix::LockMode::shared);
  if (!merging || !keeping) {
    return 0;
  }
  posix::make_folders(temporary_, 0700);
  std::uint64_t mended = 0;
  for (const auto& pack : packs_.rescan()->packs()) {
    mended += pack->is_damaged() && mend(pack) ? 1 : 0;
  }
  return mended;
}

std::unique_ptr<ports::ByteSource> LocalStoreCare::salvage(const model::Digest& digest)
{
  try {
    return std::make_unique<RecordSource>(reader_.load(digest, RecordKind::piece, Check::digest));
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    return nullptr;
  }
}

std::unique_ptr<ports::ObjectBatch> LocalStoreCare::begin_distrustful()
{
  const auto is_sound = [this](const RecordLocation& location) {
    try {
      (void)reader_.load_at(location, strictest_check(location.record.kind));
      return true;
    } catch (const model::Error& error) {
      if (!is_about_content(error)) {
        throw;
      }
      return false;
    }
  };
  return std::make_unique<PackBatch>(
      packs_, reader_, temporary_, [] {}, is_sound);
}

}  // namespace mlrepro::storage
