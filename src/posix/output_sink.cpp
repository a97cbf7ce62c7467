// SPDX-License-Identifier: Apache-2.0
#include "posix/output_sink.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

bool is_anonymous_pipe(int fd)
{
  struct statfs system {};
  return ::fstatfs(fd, &system) == 0 && system.f_type == PIPEFS_MAGIC;
}

bool is_writable_now(int fd) noexcept
{
  pollfd poll{fd, POLLOUT, 0};
  return ::poll(&poll, 1, 0) == 1;
}

}  // namespace

OutputSink::OutputSink(int fd)
{
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    throw_errno("inspect descriptor " + std::to_string(fd));
  }
  const bool terminal = S_ISCHR(status.st_mode) && ::isatty(fd) == 1;
  if (S_ISFIFO(status.st_mode) || terminal) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    fd_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    kind_ = fd_.is_open() ? Kind::reopened : Kind::blocking;
    // A named pipe may get another reader before the next write.
    tells_departure_ = terminal || is_anonymous_pipe(fd);
  } else if (S_ISSOCK(status.st_mode)) {
    kind_ = Kind::socket;
    tells_departure_ = true;
  }
  if (!fd_.is_open()) {
    fd_ = FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!fd_.is_open()) {
      throw_errno("duplicate descriptor " + std::to_string(fd));
    }
  }
}

ssize_t OutputSink::write_some(std::span<const std::byte> bytes) noexcept
{
  if (kind_ == Kind::blocking) {
    if (!is_writable_now(fd_.get())) {
      return -EAGAIN;
    }
    // What a pipe that is ready for writing takes without blocking.
    bytes = bytes.first(std::min(bytes.size(), std::size_t{PIPE_BUF}));
  }
  ssize_t size = -1;
  do {
    size = kind_ == Kind::socket
               ? ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
               : ::write(fd_.get(), bytes.data(), bytes.size());
  } while (size < 0 && errno == EINTR);
  return size < 0 ? -errno : size;
}

}  // namespace mlrepro::posix
