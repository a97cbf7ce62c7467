// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "mlrepro/ports/scratch.hpp"

namespace mlrepro::posix {

// Files without a name in a folder: a process that dies leaves nothing there. In the other one,
// where the first takes nothing: what only reads a store works with one that is read-only or full.
class FolderScratch final : public ports::Scratch {
 public:
  explicit FolderScratch(std::string folder, std::string otherwise = {})
      : folder_(std::move(folder)), otherwise_(std::move(otherwise))
  {
  }

  [[nodiscard]] std::unique_ptr<ports::ScratchFile> make() override;

 private:
  std::string folder_;
  std::string otherwise_;
};

}  // namespace mlrepro::posix
