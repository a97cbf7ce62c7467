// SPDX-License-Identifier: Apache-2.0
#include "posix/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {

void replace_file(const std::string& path, std::string_view content)
{
  struct stat old {};
  const bool exists = ::lstat(path.c_str(), &old) == 0 && S_ISREG(old.st_mode);
  const std::string temporary = path + ".mlrepro-" + std::to_string(::getpid()) + ".tmp";
  try {
    FileDescriptor file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (exists && ::fchmod(file.get(), old.st_mode & 07777U) != 0) {
      throw_errno("set the mode of '" + path + "'");
    }
    write_fully(file.get(), content, "write '" + path + "'");
    if (::fsync(file.get()) != 0) {
      throw_errno("sync '" + path + "'");
    }
    file.close("write '" + path + "'");
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      throw_errno("write '" + path + "'");
    }
  } catch (...) {
    (void)::unlink(temporary.c_str());
    throw;
  }
  sync_folder(parent_folder(path));
}

}  // namespace mlrepro::posix
