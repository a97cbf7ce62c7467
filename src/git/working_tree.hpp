// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "git/handles.hpp"
#include "mlrepro/ports/source_control.hpp"

namespace mlrepro::git {

// What one working tree holds and how it differs from its commit. Repositories inside it
// (submodules, and clones that nobody told Git of) contribute their files and submodules; their own
// changes only make them dirty. All paths are relative to the top; nothing is sorted.
struct WorkingTree {
  std::vector<model::CodeChange> changes;
  std::vector<model::Submodule> submodules;
  std::vector<model::Omission> omitted;  // repositories inside this one that can't be read
  std::vector<std::string> files;
  std::vector<std::string> untracked;
  std::vector<ports::StagedFile> staged;
};

// `top` is that of the repository. Throws Error{external}.
WorkingTree read_working_tree(git_repository* repository, const std::string& top);

// The commit of HEAD in hex; empty before the first one.
std::string head_commit(git_repository* repository, const std::string& top);

}  // namespace mlrepro::git
