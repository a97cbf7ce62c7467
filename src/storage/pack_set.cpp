// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_set.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <map>

#include "mlrepro/model/error.hpp"
#include "posix/system_error.hpp"
#include "storage/pack_names.hpp"

namespace mlrepro::storage {
namespace {

// File systems stamp with the clock's tick; two changes within one tick look like one.
constexpr std::int64_t k_tick_ns = 50'000'000;
// Filling the filter reads every key: not worth it for a few look-ups, or a few packs.
constexpr unsigned k_lookups_before_filter = 500;
constexpr std::size_t k_packs_before_filter = 3;
// Exchanges of packs come far apart: more than two listings are rare.
constexpr int k_listings = 100;

std::int64_t to_ns(const timespec& time)
{
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// In the order of their names. Absent when one of them is gone meanwhile.
std::optional<std::vector<std::shared_ptr<const Pack>>> open_packs(
    const std::vector<std::string>& paths,
    const std::map<std::string, std::shared_ptr<const Pack>>& known)
{
  std::vector<std::shared_ptr<const Pack>> packs;
  for (const std::string& path : paths) {
    const auto old = known.find(path);
    if (old != known.end() && old->second->is_current()) {
      packs.push_back(old->second);
      continue;
    }
    try {
      packs.push_back(Pack::open(path));
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::not_found) {
        throw;
      }
      return std::nullopt;
    }
  }
  return packs;
}

}  // namespace

PackList::PackList(std::vector<std::shared_ptr<const Pack>> packs) : packs_(std::move(packs))
{
  std::sort(packs_.begin(), packs_.end(), [](const auto& a, const auto& b) {
    return a->modified_ns() != b->modified_ns() ? a->modified_ns() > b->modified_ns()
                                                : a->path() < b->path();
  });
}

void PackList::fill_filter() const
{
  std::size_t keys = 0;
  for (const auto& pack : packs_) {
    keys += pack->footer().record_count();
  }
  filter_ = std::make_unique<KeyFilter>(keys);
  for (const auto& pack : packs_) {
    for (std::uint32_t i = 0; i < pack->footer().record_count(); ++i) {
      filter_->add(pack->footer().record(i).key);
    }
  }
  ready_.store(filter_.get(), std::memory_order_release);
}

bool PackList::is_surely_absent(const model::Digest& key) const
{
  if (packs_.size() < k_packs_before_filter) {
    return false;
  }
  const KeyFilter* filter = ready_.load(std::memory_order_acquire);
  if (filter == nullptr) {
    if (lookups_.fetch_add(1, std::memory_order_relaxed) < k_lookups_before_filter) {
      return false;
    }
    const std::lock_guard guard(filling_);
    if (ready_.load(std::memory_order_relaxed) == nullptr) {
      fill_filter();
    }
    filter = ready_.load(std::memory_order_acquire);
  }
  return !filter->may_have(key);
}

std::optional<RecordLocation> PackList::find(const model::Digest& key, Kinds kinds) const
{
  if (is_surely_absent(key)) {
    return std::nullopt;
  }
  for (const auto& pack : packs_) {
    if (const auto record = pack->footer().find(key, kinds)) {
      return RecordLocation{pack, *record};
    }
  }
  return std::nullopt;
}

std::vector<RecordLocation> PackList::find_all(const model::Digest& key, Kinds kinds) const
{
  std::vector<RecordLocation> found;
  if (is_surely_absent(key)) {
    return found;
  }
  for (const auto& pack : packs_) {
    // A merged pack may have several copies, of which only one is shallow enough for a base.
    const auto [first, after] = pack->footer().range_of(key);
    for (std::uint32_t i = first; i < after; ++i) {
      const RecordEntry record = pack->footer().record(i);
      if (kinds.has(record.kind)) {
        found.push_back({pack, record});
      }
    }
  }
  return found;
}

std::optional<RecordLocation> PackList::find_whole(const model::Digest& key, Kinds kinds) const
{
  auto newest = find(key, kinds);
  if (!newest || is_whole(*newest)) {
    return newest;
  }
  for (RecordLocation& copy : find_all(key, kinds)) {
    if (is_whole(copy)) {
      return std::move(copy);
    }
  }
  return std::nullopt;
}

bool PackList::is_whole(const RecordLocation& location) const
{
  return has_bases(location, k_max_delta_depth);
}

bool PackList::has_bases(const RecordLocation& location, int depth) const
{
  const FooterView& footer = location.pack->footer();
  if (footer.base_count() == 0) {
    return true;
  }
  const auto bases = footer.bases_of(location.record.block);
  if (!bases.empty() && depth == 0) {
    return false;
  }
  return std::all_of(bases.begin(), bases.end(), [&](const model::Digest& base) {
    const auto copies = find_all(base, Kinds(RecordKind::blob) | RecordKind::piece);
    return std::any_of(copies.begin(), copies.end(),
                       [&](const RecordLocation& copy) { return has_bases(copy, depth - 1); });
  });
}

std::size_t PackList::rank(const Pack& pack) const
{
  const auto at = std::find_if(packs_.begin(), packs_.end(),
                               [&](const auto& candidate) { return candidate.get() == &pack; });
  return static_cast<std::size_t>(at - packs_.begin());
}

PackSet::PackSet(std::string folder, std::vector<std::shared_ptr<const Pack>> others)
    : folder_(std::move(folder)),
      list_(std::make_shared<const PackList>(others)),
      others_(std::move(others))
{
}

std::shared_ptr<const PackList> PackSet::list() const
{
  const std::lock_guard guard(mutex_);
  return list_;
}

PackSet::Stamp PackSet::stamp() const
{
  struct stat status {};
  if (::stat(folder_.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return {-1, true};
    }
    posix::throw_errno("stat '" + folder_ + "'");
  }
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t modified = to_ns(status.st_mtim);
  return {modified, to_ns(now) - modified > k_tick_ns};
}

std::shared_ptr<const PackList> PackSet::refresh()
{
  const Stamp now = stamp();
  {
    const std::lock_guard guard(mutex_);
    if (now.modified_ns == seen_.modified_ns && seen_.settled) {
      return list_;
    }
    if (now.modified_ns == -1 && list_->packs().empty()) {
      return list_;
    }
  }
  return scan();
}

std::shared_ptr<const PackList> PackSet::rescan()
{
  return scan();
}

std::shared_ptr<const PackList> PackSet::scan()
{
  const std::lock_guard one_at_a_time(scanning_);
  const Stamp before = stamp();
  std::map<std::string, std::shared_ptr<const Pack>> known;
  for (const auto& pack : list()->packs()) {
    known.emplace(pack->path(), pack);
  }
  // While others exchange packs, a listing may miss both the old one and the new one. Two listings
  // that agree miss nothing: what the first came too early for is there all through the second.
  std::vector<std::string> names = list_packs(folder_);
  std::optional<std::vector<std::shared_ptr<const Pack>>> packs;
  for (int attempt = 0; attempt < k_listings; ++attempt) {
    packs = open_packs(names, known);
    std::vector<std::string> again = list_packs(folder_);
    if (packs && again == names) {
      break;
    }
    names = std::move(again);
  }
  if (!packs) {
    throw model::Error(model::ErrorKind::locked,
                       "store '" + folder_ + "': packs are exchanged too fast to be listed",
                       "try again");
  }
  packs->insert(packs->end(), others_.begin(), others_.end());
  const bool changed =
      packs->size() != known.size() ||
      std::any_of(packs->begin(), packs->end(), [&](const std::shared_ptr<const Pack>& pack) {
        const auto old = known.find(pack->path());
        return old == known.end() || old->second != pack;
      });
  const std::lock_guard guard(mutex_);
  if (changed) {
    list_ = std::make_shared<const PackList>(std::move(*packs));
  }
  seen_ = before;
  return list_;
}

void PackSet::mark_damaged(const Pack& pack, std::uint32_t block)
{
  const std::lock_guard guard(damage_mutex_);
  damaged_.emplace(pack.serial(), block);
  any_damaged_.store(true);
}

bool PackSet::is_damaged(const RecordLocation& location) const
{
  if (!any_damaged_.load()) {
    return false;
  }
  const std::lock_guard guard(damage_mutex_);
  return damaged_.contains({location.pack->serial(), location.record.block});
}

std::optional<RecordLocation> PackSet::find_sound(const model::Digest& key, Kinds kinds) const
{
  const auto current = list();
  if (!any_damaged_.load()) {
    return current->find_whole(key, kinds);
  }
  for (RecordLocation& location : current->find_all(key, kinds)) {
    if (!is_damaged(location) && current->is_whole(location)) {
      return std::move(location);
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::storage
