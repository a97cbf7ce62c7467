// SPDX-License-Identifier: Apache-2.0
#include "posix/write_back.hpp"

#include <fcntl.h>

namespace mlrepro::posix {
namespace {

// Enough for the disk to be busy with, and so few requests that they cost nothing.
constexpr std::uint64_t k_push = std::uint64_t{16} * 1024 * 1024;

}  // namespace

void WriteBack::wrote(int fd, std::uint64_t bytes)
{
  written_ += bytes;
  if (written_ - pushed_ >= k_push) {
    (void)::sync_file_range(fd, static_cast<off_t>(pushed_), static_cast<off_t>(written_ - pushed_),
                            SYNC_FILE_RANGE_WRITE);
    pushed_ = written_;
  }
}

}  // namespace mlrepro::posix
