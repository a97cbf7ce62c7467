// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_manifests.hpp"

#include <span>

#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::plan {
namespace {

using model::EntryType;
using model::FileChange;
using model::Manifest;
using model::ManifestEntry;

using Entries = std::span<const ManifestEntry>;

ManifestEntry nameless(const model::TreeEntry& root)
{
  return {"", root.type, root.executable, root.size, root.digest};
}

// A file's snapshot compares as a folder of one nameless file.
Entries entries_of(const Manifest& manifest, const ManifestEntry& root)
{
  return manifest.root.type == EntryType::folder ? Entries(manifest.entries) : Entries(&root, 1);
}

// A folder is worth a line of its own only when no file speaks for it.
bool is_listed(Entries entries, std::size_t index)
{
  return entries[index].type != EntryType::folder || index + 1 == entries.size() ||
         !model::is_within(entries[index + 1].path, entries[index].path);
}

bool differs(const ManifestEntry& a, const ManifestEntry& b)
{
  if (a.type != b.type) {
    return true;
  }
  return a.type != EntryType::folder && (a.digest != b.digest || a.executable != b.executable);
}

}  // namespace

model::ManifestDiff compare_manifests(const Manifest& a, const Manifest& b)
{
  const ManifestEntry root_a = nameless(a.root);
  const ManifestEntry root_b = nameless(b.root);
  const Entries before = entries_of(a, root_a);
  const Entries after = entries_of(b, root_b);
  model::ManifestDiff diff;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() || j < after.size()) {
    const bool only_before =
        j == after.size() || (i < before.size() && model::path_less(before[i].path, after[j].path));
    const bool only_after =
        !only_before && (i == before.size() || model::path_less(after[j].path, before[i].path));
    if (only_before) {
      if (is_listed(before, i)) {
        diff.removed.push_back({before[i].path, before[i], std::nullopt});
      }
      ++i;
    } else if (only_after) {
      if (is_listed(after, j)) {
        diff.added.push_back({after[j].path, std::nullopt, after[j]});
      }
      ++j;
    } else {
      if (differs(before[i], after[j])) {
        diff.changed.push_back({before[i].path, before[i], after[j]});
      }
      ++i;
      ++j;
    }
  }
  return diff;
}

}  // namespace mlrepro::plan
