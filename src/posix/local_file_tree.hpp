// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::posix {

class LocalFileTree final : public ports::FileTree {
 public:
  [[nodiscard]] std::optional<ports::FileStat> stat(const std::string& path,
                                                    ports::FollowLinks follow) const override;
  [[nodiscard]] std::unique_ptr<ports::OpenFolder> open_folder(
      const std::string& path) const override;
  [[nodiscard]] std::unique_ptr<ports::OpenFile> open(const std::string& path) const override;
  [[nodiscard]] std::string read_link(const std::string& path) const override;
  [[nodiscard]] std::string resolve(const std::string& path) const override;
  std::unique_ptr<ports::Restoration> begin_restore(
      const ports::RestorationTarget& target) override;
  void write_file(const std::string& path, std::string_view content) override;
};

}  // namespace mlrepro::posix
