// SPDX-License-Identifier: Apache-2.0
// Takes in one folder: looks at its names, takes the folders in it, then its files.
#include <algorithm>

#include "mlrepro/format/tree_writer.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "versioning/folder_walk.hpp"

namespace mlrepro::versioning {
namespace {

using model::TreeEntry;
using ports::FileStat;
using ports::FileType;

constexpr const char* k_ignore_name = ".mlreproignore";
constexpr const char* k_store_name = ".mlrepro";
constexpr const char* k_not_a_file = "a socket, pipe or device";
// So many names are looked at in one go by one thread.
constexpr std::size_t k_stat_run = 512;
// So many files are under way before their entries are written down: bounds memory.
constexpr std::size_t k_window = 4096;

class FolderTask {
 public:
  FolderTask(FolderWalk& walk, const FolderPlace& place)
      : walk_(walk), place_(place), rules_{place.outer, place.path, {}}
  {
  }

  std::optional<TreeEntry> run()
  {
    try {
      open();
    } catch (const model::Error& error) {
      walk_.report(place_.path, error);
      return std::nullopt;
    }
    look_at_names();
    take_children();
    std::erase_if(taken_, [&](std::uint32_t index) { return states_[index] == State::out; });
    if (walk_.list != nullptr && taken_.empty() && !place_.path.empty()) {
      return std::nullopt;
    }
    if (auto same = reuse()) {
      return same;
    }
    return rebuild();
  }

 private:
  enum class State : std::uint8_t { out, file, symlink, folder };

  struct Slot {
    TreeEntry entry;
    FileStat stat;
    std::optional<model::Digest> previous;
    bool certain = true;
    bool done = false;
  };

  void open()
  {
    const auto& top = walk_.root;
    if (walk_.list != nullptr) {
      auto listed = std::make_unique<ListedFolder>(walk_.ports.files, top, place_.path,
                                                   walk_.list->paths, place_.range);
      listed_ = listed.get();
      view_ = std::move(listed);
      return;
    }
    view_ = std::make_unique<DiskFolder>(walk_.ports.files, walk_.absolute(place_.path));
    const auto& names = view_->names();
    const auto found =
        std::lower_bound(names.begin(), names.end(), std::string_view(k_ignore_name));
    if (found != names.end() && *found == k_ignore_name) {
      const auto index = static_cast<std::size_t>(found - names.begin());
      const auto stat = view_->stat(index);
      if (stat && stat->type == FileType::file) {
        rules_.rules = format::IgnoreRules::parse(ports::read_all(*view_->open(index)));
      }
    }
  }

  [[nodiscard]] std::string path_of(std::size_t index) const
  {
    const std::string name(view_->names()[index]);
    return place_.path.empty() ? name : place_.path + "/" + name;
  }

  void look_at_names()
  {
    const std::size_t count = view_->names().size();
    stats_.resize(count);
    states_.assign(count, State::out);
    walk_.pool.run((count + k_stat_run - 1) / k_stat_run, [&](std::size_t run) {
      for (std::size_t i = run * k_stat_run; i < std::min(count, (run + 1) * k_stat_run); ++i) {
        states_[i] = look_at(i);
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      if (states_[i] != State::out) {
        taken_.push_back(static_cast<std::uint32_t>(i));
      }
    }
  }

  State look_at(std::size_t index)
  {
    try {
      const auto stat = view_->stat(index);
      if (!stat) {
        return State::out;
      }
      stats_[index] = *stat;
    } catch (const model::Error& error) {
      walk_.report(path_of(index), error);
      return State::out;
    }
    const FileStat& stat = stats_[index];
    if (has_rules() && rules_.ignores(path_of(index), stat.type == FileType::folder)) {
      return State::out;
    }
    switch (stat.type) {
      case FileType::folder:
        return walk_.list == nullptr && view_->names()[index] == k_store_name ? State::out
                                                                              : State::folder;
      case FileType::symlink:
        return State::symlink;
      case FileType::file:
        return is_wanted(index, stat) ? State::file : State::out;
      case FileType::other:
        break;
    }
    if (walk_.list == nullptr) {
      walk_.ports.reporter.warn("'" + path_of(index) + "' is a socket, pipe or device: left out");
    }
    walk_.leave_out(path_of(index), k_not_a_file);
    return State::out;
  }

  [[nodiscard]] bool has_rules() const
  {
    for (const RuleChain* chain = &rules_; chain != nullptr; chain = chain->outer) {
      if (!chain->rules.empty()) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool is_wanted(std::size_t index, const FileStat& stat)
  {
    if (walk_.list == nullptr || !walk_.list->leave_out) {
      return true;
    }
    const std::string path = path_of(index);
    const auto reason = walk_.list->leave_out(path, stat.size);
    if (reason) {
      walk_.leave_out(path, *reason);
    }
    return !reason;
  }

  void take_children()
  {
    std::vector<FolderPlace> places;
    auto previous = previous_entries();
    for (const std::uint32_t index : taken_) {
      if (states_[index] == State::folder) {
        places.push_back({path_of(index), &rules_,
                          listed_ != nullptr ? listed_->range_of(index) : ListedFolder::Range{},
                          find_previous(previous, index, model::EntryType::folder)});
        folders_.push_back(index);
      }
    }
    children_.resize(places.size());
    walk_.pool.run(places.size(), [&](std::size_t i) {
      if (auto entry = take_folder(walk_, places[i])) {
        children_[i] = std::move(*entry);
      } else {
        states_[folders_[i]] = State::out;
      }
    });
  }

  // The folder as it was, when all that is in it is as it was.
  std::optional<TreeEntry> reuse()
  {
    const auto cached = walk_.intake.cache().find(place_.path);
    if (!cached || cached->totals().entries != taken_.size()) {
      return std::nullopt;
    }
    std::uint64_t stored = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::size_t child = 0;
    for (const std::uint32_t index : taken_) {
      const ports::CachedEntry* entry = cached->find(view_->names()[index]);
      if (entry == nullptr) {
        return std::nullopt;
      }
      if (states_[index] == State::folder) {
        if (entry->stat.type != FileType::folder ||
            entry->digest != child_of(index, child).digest) {
          return std::nullopt;
        }
        continue;
      }
      if (!walk_.intake.knows(*entry, stats_[index], stored)) {
        return std::nullopt;
      }
      ++files;
      bytes += stats_[index].size;
    }
    const ports::CachedTotals totals = cached->totals();
    if (!walk_.intake.has_node(totals.digest, stored)) {
      return std::nullopt;
    }
    walk_.intake.cache().keep(place_.path);
    walk_.intake.count_stored(stored);
    walk_.ports.reporter.advance(files, bytes);
    return TreeEntry{"", model::EntryType::folder, false, totals.size, totals.files, totals.digest};
  }

  // `from` is where the search for the next child goes on.
  const TreeEntry& child_of(std::uint32_t index, std::size_t& from) const
  {
    while (folders_[from] != index) {
      ++from;
    }
    return children_[from];
  }

  TreeEntry rebuild()
  {
    const auto cached = walk_.intake.cache().find(place_.path);
    auto previous = cached ? std::nullopt : previous_entries();
    const auto recorder = walk_.intake.cache().add(place_.path);
    format::TreeWriter writer(
        [&](const std::string& bytes) { return walk_.intake.take_node(bytes); });
    ports::CachedTotals totals;
    std::size_t child = 0;
    std::vector<Slot> slots;
    for (std::size_t begin = 0; begin < taken_.size(); begin += k_window) {
      const std::size_t count = std::min(k_window, taken_.size() - begin);
      slots.assign(count, {});
      std::vector<std::size_t> unread;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t index = taken_[begin + i];
        if (states_[index] == State::folder) {
          slots[i].entry = child_of(index, child);
          slots[i].stat.type = FileType::folder;
          slots[i].done = true;
        } else if (!fill_from_cache(cached.get(), index, slots[i])) {
          slots[i].previous = slots[i].previous
                                  ? slots[i].previous
                                  : find_previous(previous, index, model::EntryType::file);
          unread.push_back(i);
        }
      }
      walk_.pool.run(unread.size(),
                     [&](std::size_t i) { read(taken_[begin + unread[i]], slots[unread[i]]); });
      for (std::size_t i = 0; i < count; ++i) {
        if (slots[i].done) {
          Slot& slot = slots[i];
          slot.entry.name = view_->names()[taken_[begin + i]];
          recorder->add({slot.entry.name, slot.stat, slot.entry.digest, slot.certain});
          writer.add(std::move(slot.entry));
          ++totals.entries;
        }
      }
    }
    TreeEntry folder = writer.finish();
    totals.digest = folder.digest;
    totals.size = folder.size;
    totals.files = folder.files;
    recorder->finish(totals);
    return folder;
  }

  bool fill_from_cache(ports::CachedFolder* cached, std::uint32_t index, Slot& slot)
  {
    const ports::CachedEntry* entry =
        cached != nullptr ? cached->find(view_->names()[index]) : nullptr;
    if (entry == nullptr) {
      return false;
    }
    slot.previous = entry->digest;
    std::uint64_t stored = 0;
    if (!walk_.intake.knows(*entry, stats_[index], stored)) {
      return false;
    }
    const bool link = states_[index] == State::symlink;
    slot.entry.type = link ? model::EntryType::symlink : model::EntryType::file;
    slot.entry.executable = entry->stat.executable;
    slot.entry.size = entry->stat.size;
    slot.entry.files = 1;
    slot.entry.digest = entry->digest;
    slot.stat = entry->stat;
    slot.done = true;
    walk_.intake.count_stored(stored);
    walk_.ports.reporter.advance(1, entry->stat.size);
    return true;
  }

  void read(std::uint32_t index, Slot& slot)
  {
    const std::string path = path_of(index);
    FileIntake::Taken taken =
        states_[index] == State::symlink
            ? walk_.intake.take_symlink([&] { return view_->read_link(index); }, stats_[index])
            : walk_.intake.take_file([&] { return view_->open(index); }, walk_.absolute(path),
                                     slot.previous);
    if (taken.trouble) {
      walk_.report(path, *taken.trouble);
      return;
    }
    slot.entry = std::move(taken.entry);
    slot.stat = taken.stat;
    slot.certain = taken.certain;
    slot.done = true;
  }

  [[nodiscard]] std::optional<TreeCursor> previous_entries() const
  {
    try {
      return place_.previous ? std::optional<TreeCursor>(std::in_place, loader(walk_.ports.objects),
                                                         *place_.previous)
                             : std::nullopt;
    } catch (const model::Error&) {
      return std::nullopt;  // the previous version only helps to store less
    }
  }

  std::optional<model::Digest> find_previous(std::optional<TreeCursor>& cursor, std::uint32_t index,
                                             model::EntryType type)
  {
    try {
      const TreeEntry* entry = cursor ? cursor->find(view_->names()[index]) : nullptr;
      return entry != nullptr && entry->type == type ? std::optional(entry->digest) : std::nullopt;
    } catch (const model::Error&) {
      cursor.reset();
      return std::nullopt;
    }
  }

  FolderWalk& walk_;
  const FolderPlace& place_;
  RuleChain rules_;
  std::unique_ptr<FolderView> view_;
  const ListedFolder* listed_ = nullptr;
  std::vector<FileStat> stats_;
  std::vector<State> states_;
  std::vector<std::uint32_t> taken_;    // indexes of the names that are taken, ascending
  std::vector<std::uint32_t> folders_;  // of those, the folders; children_ are what they came to
  std::vector<TreeEntry> children_;
};

}  // namespace

std::optional<TreeEntry> take_folder(FolderWalk& walk, const FolderPlace& place)
{
  return FolderTask(walk, place).run();
}

}  // namespace mlrepro::versioning
