// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/restore.hpp"

#include <algorithm>
#include <atomic>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::versioning {
namespace {

using model::EntryType;
using model::ManifestEntry;

// So many files are ordered by their place in the store and written together: bounds memory.
constexpr std::size_t k_batch = 32768;
constexpr int k_restore_attempts = 4;

// Which paths of a snapshot are wanted: all of them when none is named.
class Selection {
 public:
  Selection(const LoadNode& load, const model::TreeEntry& root,
            const std::vector<std::string>& paths)
  {
    for (const std::string& raw : paths) {
      const std::string path =
          model::RepoPath::parse(raw.ends_with('/') ? raw.substr(0, raw.size() - 1) : raw).str();
      const auto entry = find_entry(load, root, path);
      if (!entry) {
        throw model::Error(model::ErrorKind::not_found, "path '" + path + "': not in the snapshot",
                           plan::did_you_mean(path, names_near(load, root, path)));
      }
      if (!contains(path) || paths_.empty()) {
        bytes_ += entry->size;
      }
      paths_.push_back(path);
    }
    if (paths_.empty()) {
      bytes_ = root.size;
    }
  }

  [[nodiscard]] bool contains(const std::string& path) const
  {
    return paths_.empty() ||
           std::any_of(paths_.begin(), paths_.end(),
                       [&](const std::string& wanted) { return model::is_within(path, wanted); });
  }
  [[nodiscard]] bool leads_to(const std::string& path) const
  {
    return std::any_of(paths_.begin(), paths_.end(),
                       [&](const std::string& wanted) { return model::is_within(wanted, path); });
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  // What is in the deepest folder of the path that there is.
  static std::vector<std::string> names_near(const LoadNode& load, const model::TreeEntry& root,
                                             const std::string& path)
  {
    model::RepoPath folder = model::RepoPath::parse(path).parent();
    auto entry = find_entry(load, root, folder.str());
    while (!folder.is_root() && (!entry || entry->type != EntryType::folder)) {
      folder = folder.parent();
      entry = find_entry(load, root, folder.str());
    }
    std::vector<std::string> names;
    if (entry && entry->type == EntryType::folder) {
      TreeCursor cursor(load, entry->digest);
      while (const model::TreeEntry* item = cursor.next()) {
        names.push_back(folder.is_root() ? item->name : folder.str() + "/" + item->name);
      }
    }
    return names;
  }

  std::vector<std::string> paths_;
  std::uint64_t bytes_ = 0;
};

class Restorer {
 public:
  Restorer(const Ports& ports, const RestoreRequest& request)
      : ports_(ports),
        request_(request),
        pool_(ports.threads),
        restoration_(ports.files.begin_restore({request.target, request.existing, request.others}))
  {
  }

  void add(const std::string& path, const model::TreeEntry& entry)
  {
    if (entry.type == EntryType::folder) {
      restoration_->add_folder(path);
      return;
    }
    if (const auto at = ports_.objects.forgotten(entry.digest)) {
      throw model::Error(model::ErrorKind::not_found,
                         (path.empty() ? "its" : "path '" + path + "': its") +
                             std::string(" content was forgotten on ") +
                             at->to_iso8601().substr(0, 10),
                         path.empty() ? "" : "name the parts that you want: restore REF PATH...");
    }
    batch_.push_back({ports_.objects.place(entry.digest),
                      {path, entry.type, entry.executable, entry.size, entry.digest}});
    if (batch_.size() == k_batch) {
      write_batch();
    }
  }

  RestoreResult publish()
  {
    write_batch();
    restoration_->publish();
    return {request_.target, files_, bytes_, kept_, linked_};
  }

 private:
  struct Item {
    std::uint64_t place = 0;
    ManifestEntry entry;
  };

  void write_batch()
  {
    std::stable_sort(batch_.begin(), batch_.end(),
                     [](const Item& a, const Item& b) { return a.place < b.place; });
    pool_.run(batch_.size(), [&](std::size_t i) {
      const ManifestEntry& entry = batch_[i].entry;
      if (entry.type == EntryType::symlink) {
        restoration_->add_symlink(entry.path, load_blob(ports_.objects, entry.digest));
        ++files_;
      } else {
        add_file(entry);
      }
    });
    batch_.clear();
  }

  void add_file(const ManifestEntry& entry)
  {
    const bool there = is_there(entry);
    if (there && shares_as_wanted(entry)) {
      restoration_->keep_file(entry.path, entry.executable);
      ++kept_;
    } else if (link(entry, there)) {
      ++linked_;
    } else {
      write(entry, there);
      ++files_;
      bytes_ += entry.size;
    }
    ports_.reporter.advance(1, entry.size);
  }

  void write(const ManifestEntry& entry, bool there)
  {
    if (there) {
      restoration_->copy_kept_file(entry.path, entry.executable);
      return;
    }
    auto content = ports::open_recorded(ports_.objects, ports::ObjectKind::blob, entry.digest);
    if (request_.through) {
      content = request_.through(std::move(content));
    }
    restoration_->add_file(entry.path, entry.executable, *content);
  }

  // Of a file that is right: whether it is also shared, or not, as it should be.
  [[nodiscard]] bool shares_as_wanted(const ManifestEntry& entry) const
  {
    if (request_.link == Link::automatic) {
      return true;
    }
    const auto source =
        ports_.objects.linkable(entry.digest, entry.executable, ports::Linkable::if_there);
    const auto stored = source ? ports_.files.stat(*source, ports::FollowLinks::no) : std::nullopt;
    const auto mine = ports_.files.stat(place_of(entry), ports::FollowLinks::no);
    const bool one_file =
        stored && mine && stored->inode == mine->inode && stored->device == mine->device;
    return one_file == (request_.link == Link::hardlink);
  }

  // False: to be copied.
  bool link(const ManifestEntry& entry, bool there)
  {
    if (request_.link == Link::copy) {
      return false;
    }
    const bool wanted = request_.link != Link::automatic;
    const auto kind =
        request_.link == Link::hardlink ? ports::LinkKind::hardlink : ports::LinkKind::reflink;
    // Once more when it was removed in between, or has as many names as it can have.
    auto how = wanted ? ports::Linkable::made : ports::Linkable::if_there;
    for (int attempt = 0; attempt < k_restore_attempts; ++attempt) {
      const auto source = ports_.objects.linkable(entry.digest, entry.executable, how);
      const auto outcome =
          source ? restoration_->add_link(entry.path, {*source, kind, entry.executable, there})
                 : ports::LinkOutcome::unsupported;
      if (outcome == ports::LinkOutcome::linked) {
        return true;
      }
      if (!wanted) {
        return false;
      }
      if (outcome == ports::LinkOutcome::full) {
        how = ports::Linkable::made_anew;
      }
      if (outcome == ports::LinkOutcome::unsupported) {
        throw model::Error(model::ErrorKind::usage,
                           "'" + request_.target + "': can't share content with the store by " +
                               (kind == ports::LinkKind::hardlink ? "hard links" : "reflinks") +
                               ": another file system, or one without them",
                           "--link copy always works");
      }
    }
    return false;
  }

  [[nodiscard]] std::string place_of(const ManifestEntry& entry) const
  {
    return entry.path.empty() ? request_.target : request_.target + "/" + entry.path;
  }

  [[nodiscard]] bool is_there(const ManifestEntry& entry) const
  {
    const std::string path = place_of(entry);
    try {
      const auto stat = ports_.files.stat(path, ports::FollowLinks::no);
      return stat && stat->type == ports::FileType::file && stat->size == entry.size &&
             stat->executable == entry.executable &&
             ports_.digester.digest(*ports_.files.open(path)) == entry.digest;
    } catch (const model::Error&) {
      return false;  // what can't be read is not taken over, but written anew
    }
  }

  const Ports& ports_;
  const RestoreRequest& request_;
  WorkPool pool_;
  std::unique_ptr<ports::Restoration> restoration_;
  std::vector<Item> batch_;
  std::atomic<std::uint64_t> files_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> linked_{0};
};

}  // namespace

RestoreResult restore(const Ports& ports, const model::TreeEntry& root,
                      const RestoreRequest& request)
{
  const LoadNode load = loader(ports.objects);
  const Selection selection(load, root, request.paths);
  ports.reporter.begin("restoring " + request.target, selection.bytes());
  Restorer restorer(ports, request);
  walk_tree(load, root, [&](const std::string& path, const model::TreeEntry& entry) {
    const bool leads =
        path.empty() || (entry.type == EntryType::folder && selection.leads_to(path));
    if (!selection.contains(path) && !leads) {
      return false;
    }
    restorer.add(path, entry);
    return true;
  });
  RestoreResult result = restorer.publish();
  ports.reporter.end();
  return result;
}

}  // namespace mlrepro::versioning
