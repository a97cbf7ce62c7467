// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "mlrepro/ports/scratch.hpp"

namespace mlrepro::posix {

// Files without a name in a folder: a process that dies leaves nothing there.
class FolderScratch final : public ports::Scratch {
 public:
  explicit FolderScratch(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::unique_ptr<ports::ScratchFile> make() override;

 private:
  std::string folder_;
};

}  // namespace mlrepro::posix
