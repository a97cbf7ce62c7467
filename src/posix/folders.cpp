// SPDX-License-Identifier: Apache-2.0
#include "posix/folders.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "posix/file_descriptor.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

bool is_folder(const std::string& path)
{
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

struct CloseDir {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

std::vector<std::string> list_names(const std::string& path, Unreadable unreadable)
{
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseDir> folder(::opendir(path.c_str()));
  if (!folder) {
    const bool is_empty = unreadable == Unreadable::is_as_far_as_it_goes ||
                          (unreadable == Unreadable::is_error_if_there && errno == ENOENT);
    if (!is_empty) {
      throw_errno("open folder '" + path + "'");
    }
    return names;
  }
  errno = 0;
  while (const dirent* item = ::readdir(folder.get())) {
    if (std::strcmp(item->d_name, ".") != 0 && std::strcmp(item->d_name, "..") != 0) {
      names.emplace_back(item->d_name);
    }
    errno = 0;
  }
  if (errno != 0 && unreadable != Unreadable::is_as_far_as_it_goes) {
    throw_errno("read folder '" + path + "'");
  }
  return names;
}

void make_folders(const std::string& path, unsigned mode)
{
  if (::mkdir(path.c_str(), mode) == 0) {
    return;
  }
  if (errno == ENOENT && parent_folder(path) != path) {
    make_folders(parent_folder(path), mode);
    if (::mkdir(path.c_str(), mode) == 0) {
      return;
    }
  }
  const int error = errno;
  if (error != EEXIST || !is_folder(path)) {
    throw system_error(error, "make folder '" + path + "'");
  }
}

bool has_entries(const std::string& path)
{
  return is_folder(path) && !list_names(path, Unreadable::is_error_if_there).empty();
}

void sync_folder(const std::string& path)
{
  const FileDescriptor folder = open_file(path, O_RDONLY | O_DIRECTORY);
  // Some file systems can't sync a folder and say so; there is nothing more to do there.
  if (::fsync(folder.get()) != 0 && errno != EINVAL) {
    throw_errno("sync folder '" + path + "'");
  }
}

void remove_tree(const std::string& path)
{
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return;
    }
    throw_errno("remove '" + path + "'");
  }
  if (!S_ISDIR(status.st_mode)) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      throw_errno("remove '" + path + "'");
    }
    return;
  }
  if ((status.st_mode & 0700U) != 0700U) {
    (void)::chmod(path.c_str(), 0700);
  }
  for (const std::string& name : list_names(path, Unreadable::is_error_if_there)) {
    remove_tree(path + "/" + name);
  }
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) {
    throw_errno("remove folder '" + path + "'");
  }
}

std::string parent_folder(const std::string& path)
{
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace mlrepro::posix
