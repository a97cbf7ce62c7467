// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/byte_stream.hpp"
#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::ports {

struct ContainedEntry {
  std::string name;
  // Of what a link leads to where that is a file in the tree; `symlink` for every other link.
  FileType type = FileType::other;
  std::uint64_t size = 0;  // of a file
  std::int64_t mtime_ns = 0;
};

// A folder that somebody else filled, read without ever leaving it: links that lead out of it are
// not followed, wherever in a path they stand. Paths are relative to it; "" is the folder itself.
class ContainedTree {
 public:
  ContainedTree() = default;
  ContainedTree(const ContainedTree&) = delete;
  ContainedTree& operator=(const ContainedTree&) = delete;
  virtual ~ContainedTree() = default;

  // Absolute, without links.
  [[nodiscard]] virtual const std::string& root() const = 0;
  // What lies in a folder, by name. Absent when there is no such folder in the tree. Error{io}.
  [[nodiscard]] virtual std::optional<std::vector<ContainedEntry>> list(
      const std::string& folder) const = 0;
  // A regular file. Error{not_found}, Error{io}.
  [[nodiscard]] virtual std::unique_ptr<ByteSource> open(const std::string& path) const = 0;
};

}  // namespace mlrepro::ports
