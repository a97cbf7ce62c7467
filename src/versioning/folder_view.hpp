// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::versioning {

// One folder as an ingest sees it: what is in it on disk, or what a list says is in it. Any number
// of threads may call at once.
class FolderView {
 public:
  FolderView() = default;
  FolderView(const FolderView&) = delete;
  FolderView& operator=(const FolderView&) = delete;
  virtual ~FolderView() = default;

  // Sorted by their bytes.
  [[nodiscard]] virtual const std::vector<std::string_view>& names() const = 0;
  // Absent: it is gone, or not to be taken.
  [[nodiscard]] virtual std::optional<ports::FileStat> stat(std::size_t index) const = 0;
  [[nodiscard]] virtual std::unique_ptr<ports::OpenFile> open(std::size_t index) const = 0;
  [[nodiscard]] virtual std::string read_link(std::size_t index) const = 0;
};

class DiskFolder final : public FolderView {
 public:
  DiskFolder(const ports::FileTree& files, const std::string& path)
      : folder_(files.open_folder(path))
  {
  }

  [[nodiscard]] const std::vector<std::string_view>& names() const override
  {
    return folder_->names();
  }
  [[nodiscard]] std::optional<ports::FileStat> stat(std::size_t index) const override
  {
    return folder_->stat(names()[index]);
  }
  [[nodiscard]] std::unique_ptr<ports::OpenFile> open(std::size_t index) const override
  {
    return folder_->open(names()[index]);
  }
  [[nodiscard]] std::string read_link(std::size_t index) const override
  {
    return folder_->read_link(names()[index]);
  }

 private:
  std::unique_ptr<ports::OpenFolder> folder_;
};

// Takes part of a sorted list of paths. A folder is there when something below it is listed.
class ListedFolder final : public FolderView {
 public:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  // `range` of `paths` lies below the folder `path` (relative to `top`, "" is top itself).
  ListedFolder(const ports::FileTree& files, const std::string& top, const std::string& path,
               const std::vector<std::string>& paths, Range range)
      : files_(files), prefix_(path.empty() ? top + "/" : top + "/" + path + "/")
  {
    const std::size_t skip = path.empty() ? 0 : path.size() + 1;
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const std::string_view below = std::string_view(paths[i]).substr(skip);
      const std::string_view name = below.substr(0, below.find('/'));
      if (names_.empty() || names_.back() != name) {
        names_.push_back(name);
        ranges_.push_back({i, i});
        folders_.push_back(false);
      }
      folders_.back() = folders_.back() || name.size() != below.size();
      ranges_.back().end = i + 1;
    }
  }

  [[nodiscard]] const std::vector<std::string_view>& names() const override { return names_; }
  [[nodiscard]] Range range_of(std::size_t index) const { return ranges_[index]; }

  [[nodiscard]] std::optional<ports::FileStat> stat(std::size_t index) const override
  {
    if (folders_[index]) {
      ports::FileStat folder;
      folder.type = ports::FileType::folder;
      return folder;
    }
    auto stat = files_.stat(path_of(index), ports::FollowLinks::no);
    if (stat && stat->type == ports::FileType::folder) {
      return std::nullopt;
    }
    return stat;
  }
  [[nodiscard]] std::unique_ptr<ports::OpenFile> open(std::size_t index) const override
  {
    return files_.open(path_of(index));
  }
  [[nodiscard]] std::string read_link(std::size_t index) const override
  {
    return files_.read_link(path_of(index));
  }

 private:
  [[nodiscard]] std::string path_of(std::size_t index) const
  {
    return prefix_ + std::string(names_[index]);
  }

  const ports::FileTree& files_;
  std::string prefix_;
  std::vector<std::string_view> names_;
  std::vector<Range> ranges_;
  std::vector<bool> folders_;
};

}  // namespace mlrepro::versioning
