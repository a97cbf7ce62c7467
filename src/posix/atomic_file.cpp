// SPDX-License-Identifier: Apache-2.0
#include "posix/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

// Somebody else who replaces the same file at the same time takes our name away now and then.
constexpr int k_attempts = 1000;

void fill(int fd, const std::string& path, std::string_view content)
{
  struct stat old {};
  if (::lstat(path.c_str(), &old) == 0 && S_ISREG(old.st_mode) &&
      ::fchmod(fd, old.st_mode & 07777U) != 0) {
    throw_errno("set the mode of '" + path + "'");
  }
  write_fully(fd, content, "write '" + path + "'");
  if (::fsync(fd) != 0) {
    throw_errno("sync '" + path + "'");
  }
}

bool give_name(int fd, const std::string& name)
{
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

// The file has no name before it is complete, so that being killed leaves nothing. What has the
// fixed temporary name is complete, whoever made it, and goes when the file is replaced next.
// False where the file system or a missing /proc does not allow it; then nothing was done.
bool replace_with_nameless(const std::string& path, std::string_view content)
{
  FileDescriptor file(::open(parent_folder(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
  if (!file.is_open()) {
    return false;
  }
  fill(file.get(), path, content);
  if (give_name(file.get(), path)) {
    return true;
  }
  const std::string temporary = path + ".mlrepro.tmp";
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    if (give_name(file.get(), temporary)) {
      if (::rename(temporary.c_str(), path.c_str()) == 0) {
        return true;
      }
      if (errno != ENOENT) {
        const int error = errno;
        (void)::unlink(temporary.c_str());
        throw system_error(error, "write '" + path + "'");
      }
    } else if (errno == EEXIST) {
      (void)::unlink(temporary.c_str());
    } else {
      return false;
    }
  }
  return false;
}

void replace_with_named(const std::string& path, std::string_view content)
{
  const std::string temporary = path + ".mlrepro-" + std::to_string(::getpid()) + ".tmp";
  try {
    FileDescriptor file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    fill(file.get(), path, content);
    file.close("write '" + path + "'");
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      throw_errno("write '" + path + "'");
    }
  } catch (...) {
    (void)::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

void replace_file(const std::string& path, std::string_view content)
{
  if (!replace_with_nameless(path, content)) {
    replace_with_named(path, content);
  }
  sync_folder(parent_folder(path));
}

}  // namespace mlrepro::posix
