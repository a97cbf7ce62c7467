// SPDX-License-Identifier: Apache-2.0
#include "storage/local_object_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"
#include "storage/object_source.hpp"
#include "storage/pack_batch.hpp"
#include "storage/pack_names.hpp"
#include "storage/pack_rewriter.hpp"
#include "storage/store_locks.hpp"

namespace mlrepro::storage {
namespace {

constexpr Kinds k_objects = Kinds(RecordKind::blob) | RecordKind::tree | RecordKind::recipe;
constexpr std::chrono::seconds k_removal_patience{10};

bool is_base(const PackList& list, const model::Digest& key)
{
  return std::any_of(list.packs().begin(), list.packs().end(), [&](const auto& pack) {
    const FooterView& footer = pack->footer();
    for (std::uint32_t i = 0; i < footer.base_count(); ++i) {
      if (footer.base(i).key == key) {
        return true;
      }
    }
    return false;
  });
}

class CountedHold final : public ports::StoreHold {
 public:
  CountedHold(std::unique_ptr<StoreLock> lock, std::shared_ptr<std::atomic<int>> holds)
      : lock_(std::move(lock)), holds_(std::move(holds))
  {
    *holds_ += lock_->is_held() ? 1 : 0;
  }
  ~CountedHold() override { *holds_ -= lock_->is_held() ? 1 : 0; }
  CountedHold(const CountedHold&) = delete;
  CountedHold& operator=(const CountedHold&) = delete;

 private:
  std::unique_ptr<StoreLock> lock_;
  std::shared_ptr<std::atomic<int>> holds_;
};

}  // namespace

LocalObjectStore::LocalObjectStore(std::string objects, std::string temporary)
    : objects_(std::move(objects)),
      temporary_(std::move(temporary)),
      linked_(objects_ + "/linked", temporary_),
      packs_(objects_ + "/packs"),
      reader_(packs_)
{
}

LocalObjectStore::Stored LocalObjectStore::look_up(const PackList& list,
                                                   const model::Digest& digest) const
{
  const auto found = list.find_whole(digest, k_objects);
  if (!found) {
    return {};
  }
  Stored stored{Presence::whole, found->pack->stored_bytes(found->record)};
  if (found->record.kind != RecordKind::recipe) {
    return stored;
  }
  try {
    const PieceList made_of = load_pieces(reader_, digest);
    for (const auto& refs : {made_of.parts, made_of.pieces}) {
      for (const PieceRef& ref : refs) {
        const auto record = list.find_whole(ref.key, RecordKind::piece);
        if (!record) {
          return {};  // who is told that it is there would not store it again
        }
        stored.bytes += record->pack->stored_bytes(record->record);
      }
    }
  } catch (const model::Error& error) {
    if (!is_about_content(error)) {
      throw;
    }
    return {error.kind() == model::ErrorKind::corrupt ? Presence::damaged : Presence::absent, 0};
  }
  return stored;
}

std::optional<std::uint64_t> LocalObjectStore::stored_bytes(const PackList& list,
                                                            const model::Digest& digest) const
{
  const Stored stored = look_up(list, digest);
  return stored.presence == Presence::whole ? std::optional(stored.bytes) : std::nullopt;
}

std::optional<std::uint64_t> LocalObjectStore::find(const model::Digest& digest) const
{
  // What was there under a hold still is: it costs no look at the folder.
  if (*holds_ > 0) {
    if (const auto bytes = stored_bytes(*packs_.list(), digest)) {
      return bytes;
    }
  }
  return stored_bytes(*packs_.refresh(), digest);
}

std::unique_ptr<ports::ByteSource> LocalObjectStore::open(ports::ObjectKind kind,
                                                          const model::Digest& digest) const
{
  return open_object(reader_, kind, digest);
}

std::optional<std::string> LocalObjectStore::linkable(const model::Digest& digest, bool executable,
                                                      ports::Linkable how) const
{
  if (how == ports::Linkable::made_anew) {
    linked_.remove(digest, executable);
  }
  auto path = linked_.find(digest, executable);
  if (!path && how != ports::Linkable::if_there) {
    path = linked_.make(digest, executable, *open(ports::ObjectKind::blob, digest));
  }
  return path;
}

std::unique_ptr<ports::StoreHold> LocalObjectStore::hold()
{
  // Who holds already must not wait for one who waits for that hold to end.
  auto lock = *holds_ > 0 ? StoreLock::take_shared(objects_ + "/lock")
                          : StoreLock::take_shared_in_turn(objects_ + "/lock");
  (void)packs_.refresh();  // before the hold counts: from here on, what is seen stays
  return std::make_unique<CountedHold>(std::move(lock), holds_);
}

std::uint64_t LocalObjectStore::place(const model::Digest& digest) const
{
  const auto list = packs_.list();
  const auto found = list->find(digest, k_objects);
  if (!found) {
    return ~std::uint64_t{0};
  }
  // The oldest pack first; within a pack, which is never so big, as it was written.
  const std::uint64_t pack = list->packs().size() - 1 - list->rank(*found->pack);
  return pack << 40U | found->pack->footer().block(found->record.block).offset;
}

std::unique_ptr<ports::ObjectBatch> LocalObjectStore::begin()
{
  return std::make_unique<PackBatch>(packs_, reader_, temporary_,
                                     [this] { merge_small_packs(packs_, objects_, temporary_); });
}

void LocalObjectStore::for_each(
    const std::function<void(const model::Digest&, std::uint64_t)>& visit) const
{
  const auto list = packs_.refresh();
  for (const auto& pack : list->packs()) {
    const FooterView& footer = pack->footer();
    for (std::uint32_t i = 0; i < footer.record_count(); ++i) {
      const RecordEntry record = footer.record(i);
      if (!k_objects.has(record.kind)) {
        continue;
      }
      const auto first = list->find(record.key, k_objects);
      if (first && first->pack == pack && first->record.kind == record.kind &&
          first->record.offset == record.offset && first->record.block == record.block) {
        const Stored stored = look_up(*list, record.key);
        if (stored.presence != Presence::absent) {
          visit(record.key, stored.bytes);
        }
      }
    }
  }
}

void LocalObjectStore::remove(const model::Digest& digest)
{
  if (packs_.refresh()->find_all(digest, k_objects).empty()) {
    return;
  }
  const auto alone = StoreLock::take_alone(objects_ + "/lock", k_removal_patience);
  const auto list = packs_.rescan();
  const bool base = is_base(*list, digest);
  const auto judge = [&](const Pack& pack, std::uint32_t number) {
    const RecordEntry record = pack.footer().record(number);
    if (record.key != digest || !k_objects.has(record.kind)) {
      return Fate::keep;
    }
    return base && record.kind == RecordKind::blob ? Fate::keep_as_piece : Fate::drop;
  };
  posix::make_folders(temporary_, 0700);
  for (const RecordLocation& location : list->find_all(digest, k_objects)) {
    std::vector<SealedPack> rewritten;
    if (auto pack = rewrite_packs({location.pack}, {judge}, reader_, temporary_)) {
      rewritten.push_back(std::move(*pack));
    }
    publish_packs(rewritten, packs_.folder());
    if (::unlink(location.pack->path().c_str()) != 0 && errno != ENOENT) {
      posix::throw_errno("remove pack '" + location.pack->path() + "'");
    }
    posix::sync_folder(packs_.folder());
  }
  (void)packs_.rescan();
}

std::optional<model::Timestamp> LocalObjectStore::forgotten(const model::Digest& digest) const
{
  const auto at = forgotten_.find(digest);
  return at == forgotten_.end() || find(digest) ? std::nullopt : std::optional(at->second);
}

void LocalObjectStore::sweep_temporaries()
{
  for (const std::string& name : names_in(temporary_)) {
    int pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc{} && pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) {
      posix::remove_tree(temporary_ + "/" + name);
    }
  }
}

}  // namespace mlrepro::storage
