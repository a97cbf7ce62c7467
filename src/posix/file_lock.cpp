// SPDX-License-Identifier: Apache-2.0
#include "posix/file_lock.hpp"

#include <sys/file.h>

#include <cerrno>

#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

int operation_of(LockMode mode)
{
  return mode == LockMode::shared ? LOCK_SH : LOCK_EX;
}

}  // namespace

void lock_file(int fd, LockMode mode, const std::string& what)
{
  while (::flock(fd, operation_of(mode)) != 0) {
    if (errno != EINTR) {
      throw_errno("lock '" + what + "'");
    }
  }
}

bool try_lock_file(int fd, LockMode mode, const std::string& what)
{
  while (::flock(fd, operation_of(mode) | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno != EINTR) {
      throw_errno("lock '" + what + "'");
    }
  }
  return true;
}

}  // namespace mlrepro::posix
