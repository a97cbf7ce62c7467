// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::posix {

// Builds the new tree under a sibling name of the target. Over an existing folder, the staged
// folder is completed by hard links to everything that stays, and then the two folders change
// names in one rename: at every moment the target is either the old tree or the new one.
class LocalRestoration final : public ports::Restoration {
 public:
  LocalRestoration(std::string target, ports::Existing existing);
  ~LocalRestoration() override;
  LocalRestoration(const LocalRestoration&) = delete;
  LocalRestoration& operator=(const LocalRestoration&) = delete;

  void add_folder(std::string_view path) override;
  void add_symlink(std::string_view path, std::string_view target) override;
  void add_file(std::string_view path, bool executable, ports::ByteSource& content) override;
  void keep_file(std::string_view path, bool executable) override;
  void publish() override;

 private:
  std::string place(std::string_view path);
  void note_change(std::string_view path);
  void refuse_changes() const;
  void keep_the_rest(const std::string& folder);
  void exchange();

  std::string target_;
  std::string staging_;
  ports::Existing existing_;
  bool target_exists_ = false;
  bool target_is_folder_ = false;
  bool root_is_folder_ = false;
  bool published_ = false;
  bool usable_ = true;  // no piece of content is half written
  std::set<std::string> written_;
  std::vector<std::string> changes_;  // existing paths that would get other content
};

}  // namespace mlrepro::posix
