// SPDX-License-Identifier: Apache-2.0
#include "posix/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

constexpr std::size_t k_piece_bytes = 256UL * 1024;

void sync_file(int descriptor, const std::string& name)
{
  if (::fsync(descriptor) != 0) {
    throw_errno("write '" + name + "'");
  }
}

void copy_file(const std::string& from, const std::string& to)
{
  const FileDescriptor source = open_file(from, O_RDONLY);
  FileDescriptor target = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0666);
  std::vector<std::byte> buffer(k_piece_bytes);
  while (const std::size_t size = read_fully(source.get(), buffer, "read '" + from + "'")) {
    write_fully(target.get(), std::span(buffer).first(size), "write '" + to + "'");
  }
  sync_file(target.get(), to);
  target.close("write '" + to + "'");
}

void link_new(const std::string& from, const std::string& to)
{
  if (::link(from.c_str(), to.c_str()) == 0) {
    return;
  }
  if (errno == EEXIST) {
    throw model::Error(model::ErrorKind::conflict, "'" + to + "' is there already",
                       "name another file, or remove that one");
  }
  throw_errno("make '" + to + "'");
}

}  // namespace

void publish_new_file(const std::string& complete, const std::string& name)
{
  sync_file(open_file(complete, O_RDONLY).get(), complete);
  const std::string copy = parent_folder(name) + "/.mlrepro-new-" + std::to_string(::getpid());
  if (::link(complete.c_str(), name.c_str()) != 0) {
    if (errno == EXDEV || errno == EPERM) {
      try {
        copy_file(complete, copy);
        link_new(copy, name);
      } catch (...) {
        (void)::unlink(copy.c_str());
        throw;
      }
      (void)::unlink(copy.c_str());
    } else {
      link_new(complete, name);
    }
  }
  sync_folder(parent_folder(name));
}

}  // namespace mlrepro::posix
