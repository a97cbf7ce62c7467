// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/contained_tree.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// The kernel itself keeps each path inside (openat2); where it can't, no link is followed at all.
class LocalContainedTree final : public ports::ContainedTree {
 public:
  // `path` may be a link. Throws Error{not_found}, Error{io}.
  explicit LocalContainedTree(const std::string& path);

  [[nodiscard]] const std::string& root() const override { return root_; }
  [[nodiscard]] std::optional<std::vector<ports::ContainedEntry>> list(
      const std::string& folder) const override;
  [[nodiscard]] std::unique_ptr<ports::ByteSource> open(const std::string& path) const override;

 private:
  std::string root_;
  FileDescriptor folder_;
};

}  // namespace mlrepro::posix
