// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::posix {

// Builds the new tree under a sibling name of the target. Over an existing folder, the staged
// folder is completed by hard links to everything that stays, and then the two folders change
// names in one rename: at every moment the target is either the old tree or the new one. What
// replaces something is on disk before it does.
class LocalRestoration final : public ports::Restoration {
 public:
  explicit LocalRestoration(const ports::RestorationTarget& target);
  ~LocalRestoration() override;
  LocalRestoration(const LocalRestoration&) = delete;
  LocalRestoration& operator=(const LocalRestoration&) = delete;

  void add_folder(std::string_view path) override;
  void add_symlink(std::string_view path, std::string_view target) override;
  void add_file(std::string_view path, bool executable, ports::ByteSource& content) override;
  void keep_file(std::string_view path, bool executable) override;
  void copy_kept_file(std::string_view path, bool executable) override;
  ports::LinkOutcome add_link(std::string_view path, const ports::LinkSource& source) override;
  void publish() override;

 private:
  [[nodiscard]] std::string place(std::string_view path);
  [[nodiscard]] std::string old_place(std::string_view path) const;
  void write_file(std::string_view path, bool executable, ports::ByteSource& content);
  void note_change(std::string_view path);
  void refuse_changes() const;
  void keep_the_rest(const std::string& folder);
  void exchange();

  std::string target_;
  std::string staging_;
  ports::Existing existing_;
  ports::Others others_;
  bool target_exists_ = false;
  bool target_is_folder_ = false;
  bool root_is_folder_ = false;
  bool published_ = false;
  std::atomic<bool> differs_{false};  // from what the target has at the paths added
  std::mutex mutex_;
  std::atomic<bool> added_{false};
  std::atomic<bool> broken_{false};            // a piece of content is half written
  std::atomic<bool> folders_replaced_{false};  // a link or file of the target becomes a folder
  std::vector<std::string> changes_;           // existing paths that would get other content
};

}  // namespace mlrepro::posix
