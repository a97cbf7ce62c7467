// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include "mlrepro/ports/source_control.hpp"

namespace mlrepro::testing {

// One repository in memory with a commit, an index and a working tree, each a map from path to
// content. What it does not model (submodules, modes, links, conflicts) can be set on `extra`.
class MemorySourceControl final : public ports::SourceControl {
 public:
  explicit MemorySourceControl(std::string top) : top_(std::move(top)) {}

  void write(const std::string& path, const std::string& content) { working_[path] = content; }
  void remove(const std::string& path) { working_.erase(path); }
  void ignore(const std::string& path) { ignored_.insert(path); }
  // The path as the working tree has it now, its absence too.
  void stage(const std::string& path);
  // What is staged; the commit's id changes with its content.
  void commit();

  std::string main_top;      // not empty: this is a linked working tree
  std::string failure;       // not empty: inspect throws Error{external} with it
  ports::WorkingCopy extra;  // branch, remote_url, submodules and omitted are taken from its state

  [[nodiscard]] std::optional<std::string> find_top(const std::string& folder) const override;
  [[nodiscard]] std::optional<std::string> find_main_top(const std::string& folder) const override;
  [[nodiscard]] std::optional<ports::WorkingCopy> inspect(const std::string& folder) const override;
  [[nodiscard]] std::string read_staged(const std::string& folder,
                                        const std::string& blob) const override;
  // "HEAD" and the commit's own id.
  [[nodiscard]] std::optional<std::string> find_commit(const std::string& folder,
                                                       const std::string& revision) const override;
  void for_each_committed(const std::string& folder, const std::string& commit,
                          const ports::CommittedFileVisitor& visit) const override;
  // One hunk from the first to the last line that differs.
  [[nodiscard]] ports::TextPatch compare_text(const std::string& path, std::string_view before,
                                              std::string_view after) const override;

 private:
  using Files = std::map<std::string, std::string>;
  [[nodiscard]] std::string state_of(const std::string& path) const;

  std::string top_;
  std::string commit_;
  Files committed_;
  Files staged_;
  Files working_;
  std::set<std::string> ignored_;
};

}  // namespace mlrepro::testing
