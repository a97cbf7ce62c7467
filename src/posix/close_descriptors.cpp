// SPDX-License-Identifier: Apache-2.0
#include "posix/close_descriptors.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>

namespace mlrepro::posix {
namespace {

void close_between(int first, int last) noexcept
{
  if (first > last ||
      ::close_range(static_cast<unsigned>(first), static_cast<unsigned>(last), 0) == 0) {
    return;
  }
  const int end = std::min(last, 65'535);  // a kernel before 5.9
  for (int fd = first; fd <= end; ++fd) {
    ::close(fd);
  }
}

}  // namespace

void close_all_but(std::span<int> kept) noexcept
{
  std::sort(kept.begin(), kept.end());
  int first = 0;
  for (const int fd : kept) {
    if (fd >= first) {
      close_between(first, fd - 1);
      first = fd + 1;
    }
  }
  close_between(first, INT_MAX);
}

}  // namespace mlrepro::posix
