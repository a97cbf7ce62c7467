// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::model {

enum class EntryType : std::uint8_t { file, folder, symlink };

// One name in a folder. `digest` is the SHA-256 of a file's bytes, of a folder's tree node, or of
// a symlink's target; `size` is the bytes of a file, the sum of the files below a folder, or the
// length of a link's target; `files` counts the files and links at or below the entry.
struct TreeEntry {
  std::string name;
  EntryType type = EntryType::file;
  bool executable = false;
  std::uint64_t size = 0;
  std::uint64_t files = 0;
  Digest digest;

  bool operator==(const TreeEntry&) const = default;
};

// A run of a big folder's entries that has a node of its own.
struct TreePart {
  std::string first_name;
  std::uint64_t entries = 0;
  std::uint64_t size = 0;  // sums of the entries' own
  std::uint64_t files = 0;
  Digest digest;  // of the node, which has entries or parts

  bool operator==(const TreePart&) const = default;
};

// One folder, or a part of it: entries sorted by the bytes of their names, no name twice; or, of a
// big folder, the parts in that order.
struct TreeNode {
  std::vector<TreeEntry> entries;
  std::vector<TreePart> parts;

  bool operator==(const TreeNode&) const = default;
};

// A TreeEntry with its path from the root of the snapshot.
struct ManifestEntry {
  std::string path;
  EntryType type = EntryType::file;
  bool executable = false;
  std::uint64_t size = 0;
  Digest digest;

  bool operator==(const ManifestEntry&) const = default;
};

}  // namespace mlrepro::model
