// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "posix/local_file_tree.hpp"

namespace mlrepro::posix {

// For whoever follows many files for long: a file that it opens is open only while it is read, so
// that neither descriptors nor the disk space of deleted files are held in between. A file that is
// gone ends where it was read to; one that another has replaced under its name is
// Error{not_found}. What was read once is not read again.
class ReopeningFileTree final : public ports::FileTree {
 public:
  [[nodiscard]] std::optional<ports::FileStat> stat(const std::string& path,
                                                    ports::FollowLinks follow) const override
  {
    return files_.stat(path, follow);
  }
  [[nodiscard]] std::unique_ptr<ports::OpenFolder> open_folder(
      const std::string& path) const override
  {
    return files_.open_folder(path);
  }
  [[nodiscard]] std::unique_ptr<ports::OpenFile> open(const std::string& path) const override;
  [[nodiscard]] std::string read_link(const std::string& path) const override
  {
    return files_.read_link(path);
  }
  [[nodiscard]] std::string resolve(const std::string& path) const override
  {
    return files_.resolve(path);
  }
  std::unique_ptr<ports::Restoration> begin_restore(const ports::RestorationTarget& target) override
  {
    return files_.begin_restore(target);
  }
  void write_file(const std::string& path, std::string_view content) override
  {
    files_.write_file(path, content);
  }

 private:
  LocalFileTree files_;
};

}  // namespace mlrepro::posix
