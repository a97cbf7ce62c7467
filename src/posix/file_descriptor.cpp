// SPDX-License-Identifier: Apache-2.0
#include "posix/file_descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "posix/system_error.hpp"

namespace mlrepro::posix {

void FileDescriptor::reset() noexcept
{
  if (fd_ >= 0) {
    const int saved = errno;
    ::close(fd_);
    errno = saved;
    fd_ = -1;
  }
}

void FileDescriptor::close(const std::string& what)
{
  // After EINTR Linux has closed the descriptor all the same: never retry.
  const int fd = std::exchange(fd_, -1);
  if (fd >= 0 && ::close(fd) != 0 && errno != EINTR) {
    throw_errno(what);
  }
}

FileDescriptor open_file(const std::string& path, int flags, unsigned mode)
{
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    throw_errno("open '" + path + "'");
  }
  return FileDescriptor(fd);
}

std::size_t read_fully(int fd, std::span<std::byte> buffer, const std::string& what)
{
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t size = ::read(fd, buffer.data() + done, buffer.size() - done);
    if (size < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw_errno(what);
    }
    if (size == 0) {
      break;
    }
    done += static_cast<std::size_t>(size);
  }
  return done;
}

std::size_t read_at(int fd, std::uint64_t offset, std::span<std::byte> buffer,
                    const std::string& path)
{
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t size =
        ::pread(fd, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      throw_errno("read '" + path + "'");
    }
    if (size == 0) {
      break;
    }
    done += static_cast<std::size_t>(size);
  }
  return done;
}

void write_fully(int fd, std::span<const std::byte> bytes, const std::string& what)
{
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t size = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (size < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw_errno(what);
    }
    done += static_cast<std::size_t>(size);
  }
}

void write_fully(int fd, std::string_view bytes, const std::string& what)
{
  write_fully(fd, std::as_bytes(std::span(bytes)), what);
}

}  // namespace mlrepro::posix
