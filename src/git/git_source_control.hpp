// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <thread>

#include "mlrepro/ports/source_control.hpp"

namespace mlrepro::git {

class Library;

// Over libgit2, which is loaded by the first call; find_top and find_main_top only look at the file
// system. May be used by several threads.
class GitSourceControl final : public ports::SourceControl {
 public:
  GitSourceControl();
  ~GitSourceControl() override;

  // Begins to load libgit2 beside whatever else is done until a repository is read: that takes as
  // long as a short command. No process is to be forked meanwhile that loads libraries.
  void start_early() const;

  [[nodiscard]] std::optional<std::string> find_top(const std::string& folder) const override;
  [[nodiscard]] std::optional<std::string> find_main_top(const std::string& folder) const override;
  [[nodiscard]] std::optional<ports::WorkingCopy> inspect(const std::string& folder) const override;
  [[nodiscard]] std::string read_staged(const std::string& folder,
                                        const std::string& blob) const override;
  [[nodiscard]] std::optional<std::string> find_commit(const std::string& folder,
                                                       const std::string& revision) const override;
  void for_each_committed(const std::string& folder, const std::string& commit,
                          const ports::CommittedFileVisitor& visit) const override;
  [[nodiscard]] ports::TextPatch compare_text(const std::string& path, std::string_view before,
                                              std::string_view after) const override;

 private:
  void start_library() const;

  mutable std::mutex starting_;
  mutable std::unique_ptr<Library> library_;
  mutable std::thread early_;  // fills library_
};

}  // namespace mlrepro::git
