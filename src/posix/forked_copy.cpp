// SPDX-License-Identifier: Apache-2.0
#include "posix/forked_copy.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace mlrepro::posix {

void die_with(pid_t parent) noexcept
{
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(1);
  }
}

void fill_standard_descriptors() noexcept
{
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (fd >= 0 && fd < STDERR_FILENO);
  if (fd > STDERR_FILENO) {
    ::close(fd);
  }
}

}  // namespace mlrepro::posix
