// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

// Where working trees lie, told by the file system and a few small files of '.git': every command
// needs to know, and few of them need more of Git than that.
namespace mlrepro::git {

struct Layout {
  std::string top;            // of the working tree, absolute, links resolved
  std::string git_folder;     // '.git', or the folder that a '.git' file names
  std::string common_folder;  // of the main working tree; same as git_folder unless linked
  [[nodiscard]] bool is_linked() const { return git_folder != common_folder; }
};

// Found as Git does: upwards, not across file systems, not in or above the folders of
// GIT_CEILING_DIRECTORIES. Absent outside a repository and in a bare one.
std::optional<Layout> find_layout(const std::string& folder);

// Of the repository that a linked working tree belongs to; absent where that one is bare.
std::optional<std::string> main_top_of(const Layout& linked);

}  // namespace mlrepro::git
