// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/memory_file_tree.hpp"

namespace mlrepro::testing {

// The restoration of a MemoryFileTree: keeps the same promises as the real one.
class MemoryRestoration final : public ports::Restoration {
 public:
  MemoryRestoration(MemoryFileTree& tree, const ports::RestorationTarget& target);

  void add_folder(std::string_view path) override;
  void add_symlink(std::string_view path, std::string_view target) override;
  void add_file(std::string_view path, bool executable, ports::ByteSource& content) override;
  void keep_file(std::string_view path, bool executable) override;
  void copy_kept_file(std::string_view path, bool executable) override;
  ports::LinkOutcome add_link(std::string_view path, const ports::LinkSource& source) override;
  void publish() override;

 private:
  using NodePtr = std::shared_ptr<MemoryNode>;

  [[nodiscard]] NodePtr old_at(std::string_view path) const;
  [[nodiscard]] NodePtr require_old_file(std::string_view path);
  [[nodiscard]] NodePtr copy_of(const MemoryNode& node, bool executable) const;
  void place(std::string_view path, const NodePtr& node);
  void check_target() const;

  MemoryFileTree& tree_;
  std::string target_;
  ports::Existing existing_;
  ports::Others others_;
  NodePtr old_;
  NodePtr root_;
  bool usable_ = true;
  bool differs_ = false;
  std::vector<std::string> overwritten_;
};

}  // namespace mlrepro::testing
