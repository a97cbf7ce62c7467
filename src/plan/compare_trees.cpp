// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_trees.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mlrepro::plan {
namespace {

using model::Digest;
using model::EntryType;
using model::TreeEntry;

using LoadNode = std::function<model::TreeNode(const Digest&)>;
using Entries = std::vector<TreeEntry>;

model::ManifestEntry at(const std::string& path, const TreeEntry& entry)
{
  return {path, entry.type, entry.executable, entry.size, entry.digest};
}

std::string below(const std::string& folder, const std::string& name)
{
  return folder.empty() ? name : folder + "/" + name;
}

bool same(const TreeEntry& a, const TreeEntry& b)
{
  return a.type == b.type && a.digest == b.digest && a.executable == b.executable;
}

// Equal digests mean equal names, so what both sides have can be left out of both.
void drop_common(std::vector<Digest>& a, std::vector<Digest>& b)
{
  const std::set<Digest> in_a(a.begin(), a.end());
  const std::set<Digest> in_b(b.begin(), b.end());
  std::erase_if(a, [&](const Digest& digest) { return in_b.contains(digest); });
  std::erase_if(b, [&](const Digest& digest) { return in_a.contains(digest); });
}

// One level down: entries come out, parts become the next nodes to look at.
void open_nodes(const LoadNode& load, std::vector<Digest>& nodes, Entries& entries)
{
  std::vector<Digest> next;
  for (const Digest& digest : nodes) {
    model::TreeNode node = load(digest);
    std::move(node.entries.begin(), node.entries.end(), std::back_inserter(entries));
    for (const model::TreePart& part : node.parts) {
      next.push_back(part.digest);
    }
  }
  nodes.swap(next);
}

class Comparison {
 public:
  explicit Comparison(const LoadNode& load) : load_(load) {}

  void compare(const std::string& path, const TreeEntry* a, const TreeEntry* b)
  {
    if (a != nullptr && b != nullptr && same(*a, *b)) {
      return;
    }
    const bool folder_a = a != nullptr && a->type == EntryType::folder;
    const bool folder_b = b != nullptr && b->type == EntryType::folder;
    // A root that is a folder is no path of its own.
    if (!path.empty() || (!folder_a && !folder_b)) {
      list(path, a, b);
    } else if (folder_a != folder_b) {
      list(path, folder_a ? nullptr : a, folder_b ? nullptr : b);
    }
    if (folder_a || folder_b) {
      compare_folders(path, folder_a ? &a->digest : nullptr, folder_b ? &b->digest : nullptr);
    }
  }

  model::ManifestDiff take() { return std::move(diff_); }

 private:
  // A folder is worth a line of its own only when no file speaks for it.
  [[nodiscard]] bool is_listed(const TreeEntry& entry) const
  {
    if (entry.type != EntryType::folder) {
      return true;
    }
    const model::TreeNode node = load_(entry.digest);
    return node.entries.empty() && node.parts.empty();
  }

  void list(const std::string& path, const TreeEntry* a, const TreeEntry* b)
  {
    if (a != nullptr && b != nullptr) {
      if (a->type != EntryType::folder || b->type != EntryType::folder) {
        diff_.changed.push_back({path, at(path, *a), at(path, *b)});
      }
    } else if (a != nullptr) {
      if (is_listed(*a)) {
        diff_.removed.push_back({path, at(path, *a), std::nullopt});
      }
    } else if (is_listed(*b)) {
      diff_.added.push_back({path, std::nullopt, at(path, *b)});
    }
  }

  void compare_folders(const std::string& path, const Digest* a, const Digest* b)
  {
    std::vector<Digest> nodes_a;
    std::vector<Digest> nodes_b;
    if (a != nullptr) {
      nodes_a.push_back(*a);
    }
    if (b != nullptr) {
      nodes_b.push_back(*b);
    }
    Entries before;
    Entries after;
    while (!nodes_a.empty() || !nodes_b.empty()) {
      drop_common(nodes_a, nodes_b);
      open_nodes(load_, nodes_a, before);
      open_nodes(load_, nodes_b, after);
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < before.size() || j < after.size()) {
      const bool use_a =
          i < before.size() && (j == after.size() || before[i].name <= after[j].name);
      const bool use_b =
          j < after.size() && (i == before.size() || after[j].name <= before[i].name);
      compare(below(path, use_a ? before[i].name : after[j].name), use_a ? &before[i] : nullptr,
              use_b ? &after[j] : nullptr);
      i += use_a ? 1 : 0;
      j += use_b ? 1 : 0;
    }
  }

  const LoadNode& load_;
  model::ManifestDiff diff_;
};

}  // namespace

model::ManifestDiff compare_trees(const TreeEntry& a, const TreeEntry& b, const LoadNode& load)
{
  Comparison comparison(load);
  comparison.compare("", &a, &b);
  return comparison.take();
}

}  // namespace mlrepro::plan
