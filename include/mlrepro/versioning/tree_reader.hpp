// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/ports/object_store.hpp"

namespace mlrepro::versioning {

using LoadNode = std::function<model::TreeNode(const model::Digest&)>;

// Throws Error{not_found} or Error{corrupt}.
model::TreeNode load_node(const ports::ObjectStore& objects, const model::Digest& digest);
// `load_node` of that store, which outlives it.
LoadNode loader(const ports::ObjectStore& objects);

// The entries of one folder in the order of their names, one node in memory at a time.
class TreeCursor {
 public:
  TreeCursor(LoadNode load, const model::Digest& folder);

  // Null at the end; lasts until the next call.
  const model::TreeEntry* next();
  // Skips to this name; null when the folder does not have it. Names in ascending order.
  const model::TreeEntry* find(std::string_view name);

 private:
  struct Level {
    model::TreeNode node;
    std::size_t position = 0;
  };
  // The next entry, not yet passed; `from` allows whole parts below it to be passed over.
  const model::TreeEntry* peek(std::string_view from);

  LoadNode load_;
  std::vector<Level> levels_;
};

// Everything below `root`, folders before what is in them, in path order. The path of the root is
// "". `visit` says whether a folder is entered. A node that is missing or damaged is an Error that
// names the folder.
using VisitEntry = std::function<bool(const std::string& path, const model::TreeEntry& entry)>;
void walk_tree(const LoadNode& load, const model::TreeEntry& root, const VisitEntry& visit);

// The entry at a path below `root`; absent when there is none.
std::optional<model::TreeEntry> find_entry(const LoadNode& load, const model::TreeEntry& root,
                                           const std::string& path);

// The content of a file or link.
std::string load_blob(const ports::ObjectStore& objects, const model::Digest& digest);

}  // namespace mlrepro::versioning
