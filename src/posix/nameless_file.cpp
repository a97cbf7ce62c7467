// SPDX-License-Identifier: Apache-2.0
#include "posix/nameless_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "posix/system_error.hpp"

namespace mlrepro::posix {

FileDescriptor make_nameless_file(const std::string& folder)
{
  FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.is_open()) {
    return file;
  }
  // A file system that has only named ones.
  std::string name = folder + "/.spool-XXXXXX";
  file = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open()) {
    throw_errno("make a file in '" + folder + "'");
  }
  if (::unlink(name.c_str()) != 0) {
    throw_errno("remove '" + name + "'");
  }
  return file;
}

}  // namespace mlrepro::posix
