// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "posix/file_descriptor.hpp"

namespace mlrepro::cli {

// Where a replay takes place: a new folder, gone with this object unless it is to be kept. What a
// replay that was killed left behind is removed by the next one that makes a folder.
class ScratchFolder {
 public:
  enum class Afterwards { remove, keep };

  // In `wanted`, an absolute path of nothing, and kept; or below $TMPDIR when that is empty.
  // Throws Error{io} and its like.
  ScratchFolder(const std::string& wanted, Afterwards afterwards);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_kept() const { return !in_use_.is_open(); }

 private:
  std::string path_;
  // Locked, and inherited by the command: while that runs on, nobody takes its folder away.
  posix::FileDescriptor in_use_;
};

}  // namespace mlrepro::cli
