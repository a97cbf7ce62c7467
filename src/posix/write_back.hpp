// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace mlrepro::posix {

// Has the kernel write a file to disk while the rest of it is still being made: a sync at the end
// then waits for the last of it only. Asks, and never fails: not every file system can.
class WriteBack {
 public:
  // `bytes` more were written at the end of the open file, which begins empty.
  void wrote(int fd, std::uint64_t bytes);

 private:
  std::uint64_t written_ = 0;
  std::uint64_t pushed_ = 0;  // up to here the kernel was asked
};

}  // namespace mlrepro::posix
