// SPDX-License-Identifier: Apache-2.0
#include "analysis/changed_tables.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "analysis/table_parts.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::analysis {
namespace {

using model::EntryType;
using model::TreeEntry;

std::string shown_path(const std::string& folder, const std::string& path)
{
  return path.empty() ? folder : folder.ends_with('/') ? folder + path : folder + "/" + path;
}

struct Split {
  std::string folder;
  std::string name;
};

Split split(const std::string& path)
{
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? Split{"", path}
                                    : Split{path.substr(0, slash), path.substr(slash + 1)};
}

// "", "data", "data/2021" for "data/2021/x.csv".
std::vector<std::string> folders_above(const std::string& path)
{
  std::vector<std::string> folders;
  if (!path.empty()) {
    folders.emplace_back();
  }
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    folders.push_back(path.substr(0, slash));
  }
  return folders;
}

// One side of the difference; each of its folders is looked up once.
class SideTables {
 public:
  explicit SideTables(const DataSide& side) : side_(side) {}

  // The folder at a path, "" for the root; absent where there is none.
  const std::optional<TreeEntry>& folder(const std::string& path)
  {
    const auto known = folders_.find(path);
    return known != folders_.end() ? known->second
                                   : folders_.emplace(path, find(path)).first->second;
  }

  // The table that is at `path` or has it in itself. `entry` is what is there, where that is known;
  // else only a folder is found.
  std::optional<TableFile> holding(const std::string& path,
                                   const std::optional<model::ManifestEntry>& entry)
  {
    if (path.empty() && side_.root.type == EntryType::file) {
      return table_of_file(path, side_.root, name_of(path));
    }
    for (const std::string& above : folders_above(path)) {
      if (const auto& table = table_of(above)) {
        return table;
      }
    }
    if (entry && entry->type == EntryType::file) {
      return table_of_file(path, {"", entry->type, false, entry->size, 1, entry->digest},
                           name_of(path));
    }
    return table_of(path);
  }

 private:
  [[nodiscard]] std::string name_of(const std::string& path) const
  {
    return plan::base_name(path.empty() ? side_.name : path);
  }

  std::optional<TreeEntry> find(const std::string& path)
  {
    if (path.empty()) {
      return side_.root.type == EntryType::folder ? std::optional(side_.root) : std::nullopt;
    }
    const auto [above, name] = split(path);
    const std::optional<TreeEntry>& parent = folder(above);
    if (!parent) {
      return std::nullopt;
    }
    versioning::TreeCursor cursor(side_.load, parent->digest);
    const TreeEntry* entry = cursor.find(name);
    return entry != nullptr && entry->type == EntryType::folder ? std::optional(*entry)
                                                                : std::nullopt;
  }

  // A folder that is one table.
  const std::optional<TableFile>& table_of(const std::string& path)
  {
    const auto known = tables_.find(path);
    if (known != tables_.end()) {
      return known->second;
    }
    std::optional<TableFile> table;
    if (const std::optional<TreeEntry>& entry = folder(path)) {
      table = table_of_folder(side_.load, path, *entry, name_of(path), has_partition(*entry));
    }
    return tables_.emplace(path, std::move(table)).first->second;
  }

  [[nodiscard]] bool has_partition(const TreeEntry& entry) const
  {
    versioning::TreeCursor cursor(side_.load, entry.digest);
    while (const TreeEntry* child = cursor.next()) {
      if (is_partition(*child)) {
        return true;
      }
    }
    return false;
  }

  const DataSide& side_;
  std::map<std::string, std::optional<TreeEntry>> folders_;
  std::map<std::string, std::optional<TableFile>> tables_;
};

struct PathOrder {
  bool operator()(const std::string& a, const std::string& b) const
  {
    return model::path_less(a, b);
  }
};

class PairFinder {
 public:
  PairFinder(const DataSides& sides, const IsKnown& is_known)
      : sides_(sides), is_known_(is_known), a_(sides.a), b_(sides.b)
  {
  }

  std::vector<TablePair> run()
  {
    // Changed ones first: they say what became of a folder that is a file now.
    for (const auto* list : {&sides_.files.changed, &sides_.files.removed, &sides_.files.added}) {
      for (const model::FileChange& change : *list) {
        if (!is_known_ || may_be_known(change)) {
          add(change);
        }
      }
    }
    std::vector<TablePair> pairs;
    for (auto& [path, pair] : pairs_) {
      const bool same = pair.b && pair.b->digest == pair.a.digest;
      const bool wanted = !is_known_ || (pair.b && is_known_(pair.a) && is_known_(*pair.b));
      if (!same && wanted) {
        pairs.push_back(std::move(pair));
      }
    }
    return pairs;
  }

 private:
  void add(const model::FileChange& change)
  {
    const auto table = a_.holding(change.path, change.before);
    if (!table || pairs_.contains(table->path) || !touches(*table, change)) {
      return;
    }
    auto other = b_.holding(table->path, table->path == change.path ? change.after : std::nullopt);
    if (other && other->path != table->path) {
      other.reset();
    }
    pairs_.emplace(table->path,
                   TablePair{*table, std::move(other), shown_path(sides_.path, table->path)});
  }

  // Of a table in parts, markers beside them are none of it, and neither are bits of a file's mode.
  static bool touches(const TableFile& table, const model::FileChange& change)
  {
    if (!table.folder || change.path == table.path) {
      return true;
    }
    const bool same = change.before && change.after && change.before->type == change.after->type &&
                      change.before->digest == change.after->digest;
    const std::size_t above = table.path.empty() ? 0 : table.path.size() + 1;
    return !same && is_part_path(change.path.substr(above));
  }

  // Without a look at anything but the path: that is done where there is something to find.
  bool may_be_known(const model::FileChange& change)
  {
    // A folder that is one table may have become a file, or the other way round.
    if (sides_.a.root.type != sides_.b.root.type &&
        are_known(sides_.a.root.digest, sides_.b.root.digest)) {
      return true;
    }
    const std::string name = plan::base_name(change.path.empty() ? sides_.a.name : change.path);
    if (change.before && change.after && table_format(name) &&
        are_known(change.before->digest, change.after->digest)) {
      return true;
    }
    const auto above = folders_above(change.path);
    return std::any_of(above.begin(), above.end(), [&](const std::string& path) {
      auto known = known_folders_.find(path);
      if (known == known_folders_.end()) {
        const auto& a = a_.folder(path);
        const auto& b = b_.folder(path);
        known = known_folders_.emplace(path, a && b && are_known(a->digest, b->digest)).first;
      }
      return known->second;
    });
  }

  [[nodiscard]] bool are_known(const model::Digest& a, const model::Digest& b) const
  {
    constexpr std::array k_formats = {TableFormat::csv, TableFormat::tsv, TableFormat::json_lines,
                                      TableFormat::parquet};
    return std::any_of(k_formats.begin(), k_formats.end(), [&](TableFormat format) {
      TableFile table;
      table.format = format;
      table.digest = a;
      if (!is_known_(table)) {
        return false;
      }
      table.digest = b;
      return is_known_(table);
    });
  }

  const DataSides& sides_;
  const IsKnown& is_known_;
  SideTables a_;
  SideTables b_;
  std::map<std::string, bool> known_folders_;
  std::map<std::string, TablePair, PathOrder> pairs_;
};

}  // namespace

std::vector<TablePair> changed_tables(const DataSides& sides)
{
  return changed_tables(sides, {});
}

std::vector<TablePair> changed_tables(const DataSides& sides, const IsKnown& is_known)
{
  return PairFinder(sides, is_known).run();
}

}  // namespace mlrepro::analysis
