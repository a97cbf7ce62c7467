// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/code_state.hpp"

namespace mlrepro::ports {

struct StagedFile {
  std::string path;
  std::string blob;  // Git's object id, for read_staged
};

struct WorkingCopy {
  std::string top;  // absolute path of the working tree
  // Without `digest`, `omitted` and the changes' `staged`, which need the object store.
  model::CodeState state;
  // Every path that makes up the code, relative to `top`, sorted by path_less: tracked files and
  // links that exist, untracked ones that are not ignored, those of initialised submodules too.
  std::vector<std::string> files;
  std::vector<std::string> untracked;  // the part of `files` that Git does not track
  // Staged content that differs from both the commit and the working tree.
  std::vector<StagedFile> staged;
};

// One file or link of a commit. For a link, `content` is what it points to.
struct CommittedFile {
  std::string path;
  bool executable = false;
  bool symlink = false;
  std::string content;
};
using CommittedFileVisitor = std::function<void(const CommittedFile&)>;

struct TextPatch {
  bool binary = false;
  std::int64_t added_lines = 0;
  std::int64_t removed_lines = 0;
  std::string text;  // unified, with "--- a/path" and "+++ b/path"
};

// Reads the user's repository and never writes to it: not to the index, refs, objects or stash.
class SourceControl {
 public:
  SourceControl() = default;
  SourceControl(const SourceControl&) = delete;
  SourceControl& operator=(const SourceControl&) = delete;
  virtual ~SourceControl() = default;

  // The top of the working tree that `folder` lies in. For a linked worktree that is its own top.
  [[nodiscard]] virtual std::optional<std::string> find_top(const std::string& folder) const = 0;
  // The top of the main working tree, where `folder` lies in a linked one.
  [[nodiscard]] virtual std::optional<std::string> find_main_top(
      const std::string& folder) const = 0;
  // Absent outside a repository; Error{external} for one that can't be read, saying why.
  [[nodiscard]] virtual std::optional<WorkingCopy> inspect(const std::string& folder) const = 0;
  [[nodiscard]] virtual std::string read_staged(const std::string& folder,
                                                const std::string& blob) const = 0;
  // The id of the commit that a revision names ("main", "v1.2", "HEAD~3"); absent when it names
  // none, and outside a repository.
  [[nodiscard]] virtual std::optional<std::string> find_commit(
      const std::string& folder, const std::string& revision) const = 0;
  // Every file and link of a commit, in no order, as committed: no filter is applied, and what is
  // in submodules is not there.
  virtual void for_each_committed(const std::string& folder, const std::string& commit,
                                  const CommittedFileVisitor& visit) const = 0;
  [[nodiscard]] virtual TextPatch compare_text(const std::string& path, std::string_view before,
                                               std::string_view after) const = 0;
};

}  // namespace mlrepro::ports
