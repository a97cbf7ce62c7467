// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/ingest.hpp"

#include <algorithm>
#include <map>

#include "mlrepro/format/ignore_rules.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "versioning/file_intake.hpp"

namespace mlrepro::versioning {
namespace {

using model::EntryType;
using model::TreeEntry;
using ports::FileType;

constexpr const char* k_ignore_name = ".mlreproignore";

std::string child_path(const std::string& folder, const std::string& name)
{
  return folder.empty() ? name : folder + "/" + name;
}

void add_entry(model::Manifest& manifest, const std::string& path, const TreeEntry& entry)
{
  manifest.entries.push_back({path, entry.type, entry.executable, entry.size, entry.digest});
}

// The rules that hold in one folder: its own and those of the folders above it.
struct RuleChain {
  const RuleChain* outer = nullptr;
  std::string folder;
  format::IgnoreRules rules;

  [[nodiscard]] bool ignores(const std::string& path, bool is_folder) const
  {
    for (const RuleChain* chain = this; chain != nullptr; chain = chain->outer) {
      if (chain->rules.empty()) {
        continue;
      }
      const std::size_t skip = chain->folder.empty() ? 0 : chain->folder.size() + 1;
      if (const auto decided =
              chain->rules.ignores(std::string_view(path).substr(skip), is_folder)) {
        return *decided;
      }
    }
    return false;
  }
};

class FolderWalk {
 public:
  FolderWalk(const Ports& ports, FileIntake& intake, Ingested& result, std::string root)
      : ports_(ports), intake_(intake), result_(result), root_(std::move(root))
  {
  }

  TreeEntry take(const std::string& folder, const RuleChain* outer)
  {
    RuleChain chain{outer, folder, {}};
    std::vector<ports::DirectoryItem> items;
    try {
      items = ports_.files.list(absolute(folder));
    } catch (const model::Error& error) {
      unreadable_.push_back(error.message());
      return {};
    }
    for (const auto& item : items) {
      if (item.name == k_ignore_name && item.stat.type == FileType::file) {
        chain.rules = format::IgnoreRules::parse(
            ports::read_file(ports_.files, absolute(child_path(folder, item.name))));
      }
    }
    model::TreeNode node;
    for (const auto& item : items) {
      const std::string path = child_path(folder, item.name);
      if (chain.ignores(path, item.stat.type == FileType::folder)) {
        continue;
      }
      if (auto entry = take_item(path, item, chain)) {
        entry->name = item.name;
        node.entries.push_back(std::move(*entry));
      }
    }
    return intake_.take_folder(node);
  }

  void finish() const
  {
    if (unreadable_.empty()) {
      return;
    }
    std::string message = unreadable_.front();
    for (std::size_t i = 1; i < std::min<std::size_t>(unreadable_.size(), 5); ++i) {
      message += "; " + unreadable_[i];
    }
    if (unreadable_.size() > 5) {
      message += "; and " + std::to_string(unreadable_.size() - 5) + " more";
    }
    throw model::Error(model::ErrorKind::io, message,
                       "make them readable, or list them in a .mlreproignore file");
  }

 private:
  [[nodiscard]] std::string absolute(const std::string& path) const
  {
    return path.empty() ? root_ : root_ + "/" + path;
  }

  std::optional<TreeEntry> take_item(const std::string& path, const ports::DirectoryItem& item,
                                     const RuleChain& chain)
  {
    // Manifest entries stand in path order: a folder before what is in it.
    const std::size_t place = result_.manifest.entries.size();
    result_.manifest.entries.push_back({path, {}, false, 0, {}});
    std::optional<TreeEntry> entry;
    try {
      switch (item.stat.type) {
        case FileType::file:
          entry = intake_.take_file(absolute(path), path, item.stat);
          break;
        case FileType::symlink:
          entry = intake_.take_symlink(absolute(path));
          break;
        case FileType::folder:
          entry = take(path, &chain);
          break;
        case FileType::other:
          ports_.reporter.warn("'" + path + "' is a socket, pipe or device: left out");
          result_.omitted.push_back({path, "a socket, pipe or device"});
          break;
      }
    } catch (const model::Error& error) {
      if (error.kind() == model::ErrorKind::not_found) {
        ports_.reporter.warn("'" + path + "' vanished while the folder was read: left out");
        result_.omitted.push_back({path, "vanished while the folder was read"});
      } else if (error.kind() == model::ErrorKind::io && !is_full_store(error)) {
        unreadable_.push_back(error.message());
      } else {
        throw;
      }
    }
    if (entry) {
      result_.manifest.entries[place] = {path, entry->type, entry->executable, entry->size,
                                         entry->digest};
    } else {
      result_.manifest.entries.erase(result_.manifest.entries.begin() +
                                     static_cast<std::ptrdiff_t>(place));
    }
    return entry;
  }

  // Errors of the store name the store; only errors of the user's own files are collected.
  [[nodiscard]] bool is_full_store(const model::Error& error) const
  {
    return error.message().find(root_) == std::string::npos;
  }

  const Ports& ports_;
  FileIntake& intake_;
  Ingested& result_;
  std::string root_;
  std::vector<std::string> unreadable_;
};

void finish(FileIntake& intake, Ingested& result)
{
  intake.commit();
  result.stored_bytes = intake.stored_bytes();
  result.new_bytes = intake.new_bytes();
}

// Builds the folders above sorted paths, from the deepest up.
class TreeBuilder {
 public:
  explicit TreeBuilder(FileIntake& intake) : intake_(intake) {}

  void add(const std::string& path, TreeEntry entry)
  {
    const model::RepoPath parsed = model::RepoPath::parse(path);
    entry.name = parsed.name();
    folders_[parsed.parent().str()].entries.push_back(std::move(entry));
    for (model::RepoPath above = parsed.parent(); !above.is_root(); above = above.parent()) {
      folders_[above.parent().str()];
    }
  }

  TreeEntry finish(model::Manifest& manifest)
  {
    folders_[""];
    TreeEntry root;
    // Longer paths first among a folder's kin: reverse path order visits children before parents.
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
      auto& entries = folder->second.entries;
      std::sort(entries.begin(), entries.end(),
                [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
      TreeEntry entry = intake_.take_folder(folder->second);
      if (folder->first.empty()) {
        root = entry;
        continue;
      }
      add_entry(manifest, folder->first, entry);
      const model::RepoPath path = model::RepoPath::parse(folder->first);
      entry.name = path.name();
      folders_[path.parent().str()].entries.push_back(std::move(entry));
    }
    return root;
  }

 private:
  struct PathLess {
    bool operator()(const std::string& a, const std::string& b) const
    {
      return model::path_less(a, b);
    }
  };
  FileIntake& intake_;
  std::map<std::string, model::TreeNode, PathLess> folders_;
};

std::optional<TreeEntry> take_listed(const Ports& ports, FileIntake& intake, const FileList& list,
                                     const std::string& path, Ingested& result)
{
  const std::string absolute = list.top + "/" + path;
  try {
    const auto stat = ports.files.stat(absolute, ports::FollowLinks::no);
    if (!stat || stat->type == FileType::folder) {
      return std::nullopt;
    }
    if (stat->type == FileType::symlink) {
      return intake.take_symlink(absolute);
    }
    if (stat->type == FileType::other) {
      result.omitted.push_back({path, "a socket, pipe or device"});
      return std::nullopt;
    }
    if (list.leave_out) {
      if (const auto reason = list.leave_out(path, stat->size)) {
        result.omitted.push_back({path, *reason});
        return std::nullopt;
      }
    }
    return intake.take_file(absolute, path, *stat);
  } catch (const model::Error& error) {
    const bool of_this_file = error.message().find(absolute) != std::string::npos;
    if (!of_this_file) {
      throw;
    }
    result.omitted.push_back({path, error.message()});
    return std::nullopt;
  }
}

}  // namespace

Ingested ingest_path(const Ports& ports, const std::string& path, model::Stored stored)
{
  const auto stat = ports.files.stat(path, ports::FollowLinks::yes);
  if (!stat) {
    throw model::Error(model::ErrorKind::not_found, "path '" + path + "': nothing there");
  }
  const std::string root = ports.files.resolve(path);
  Ingested result;
  FileIntake intake(ports, root, stored);
  ports.reporter.begin("reading " + path, stat->type == FileType::file ? stat->size : 0);
  if (stat->type == FileType::folder) {
    FolderWalk walk(ports, intake, result, root);
    result.manifest.root = walk.take("", nullptr);
    walk.finish();
  } else if (stat->type == FileType::file) {
    result.manifest.root = intake.take_file(root, "", *stat);
  } else {
    throw model::Error(model::ErrorKind::usage,
                       "path '" + path + "': a socket, pipe or device has no content",
                       "name a file or a folder");
  }
  finish(intake, result);
  ports.reporter.end();
  return result;
}

Ingested ingest_files(const Ports& ports, const FileList& list, model::Stored stored)
{
  Ingested result;
  // Not the same name as a snapshot of the folder has: the two hold different sets of files.
  FileIntake intake(ports, list.top + "//code", stored);
  TreeBuilder builder(intake);
  for (const std::string& path : list.paths) {
    if (const auto entry = take_listed(ports, intake, list, path, result)) {
      add_entry(result.manifest, path, *entry);
      builder.add(path, *entry);
    }
  }
  result.manifest.root = builder.finish(result.manifest);
  std::sort(result.manifest.entries.begin(), result.manifest.entries.end(),
            [](const auto& a, const auto& b) { return model::path_less(a.path, b.path); });
  finish(intake, result);
  return result;
}

}  // namespace mlrepro::versioning
