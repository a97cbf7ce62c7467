// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/format/ignore_rules.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/versioning/ingest.hpp"
#include "versioning/file_intake.hpp"
#include "versioning/folder_view.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::versioning {

// The rules that hold in one folder: its own and those of the folders above it.
struct RuleChain {
  const RuleChain* outer = nullptr;
  std::string folder;
  format::IgnoreRules rules;

  [[nodiscard]] bool ignores(const std::string& path, bool is_folder) const;
};

// One ingest of a tree: either all that is below a folder on disk, or the listed files of it.
class FolderWalk {
 public:
  // `listed` is null for all that is on disk below `top`.
  FolderWalk(const Ports& outside, FileIntake& into, std::string top, const FileList* listed)
      : ports(outside), intake(into), pool(outside.threads), root(std::move(top)), list(listed)
  {
  }

  // The root folder; `previous` is what it was. Throws Error{io} naming the unreadable files.
  model::TreeEntry take(const std::optional<model::TreeEntry>& previous, Ingested& result);

  [[nodiscard]] std::string absolute(const std::string& path) const
  {
    return path.empty() ? root : root + "/" + path;
  }
  void leave_out(const std::string& path, const std::string& reason);
  // Decides what an error of one of the user's files means here.
  void report(const std::string& path, const model::Error& error);

  const Ports& ports;
  FileIntake& intake;
  WorkPool pool;
  const std::string root;
  const FileList* const list;

 private:
  void throw_unreadable();

  std::mutex mutex_;
  std::vector<model::Omission> omitted_;
  std::vector<std::pair<std::string, std::string>> unreadable_;  // path, message
};

// Where a folder stands in a walk.
struct FolderPlace {
  std::string path;  // relative to the walk's root
  const RuleChain* outer = nullptr;
  ListedFolder::Range range;
  std::optional<model::Digest> previous;  // the folder's node in the previous version
};

// Absent: the folder can't be read, is gone, or none of the files listed below it is there.
std::optional<model::TreeEntry> take_folder(FolderWalk& walk, const FolderPlace& place);

}  // namespace mlrepro::versioning
