// SPDX-License-Identifier: Apache-2.0
#include "posix/local_file_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "posix/atomic_file.hpp"
#include "posix/local_folder.hpp"
#include "posix/local_restoration.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {

std::optional<ports::FileStat> LocalFileTree::stat(const std::string& path,
                                                   ports::FollowLinks follow) const
{
  return stat_at(AT_FDCWD, path.c_str(),
                 follow == ports::FollowLinks::yes ? 0 : AT_SYMLINK_NOFOLLOW, path);
}

std::unique_ptr<ports::OpenFolder> LocalFileTree::open_folder(const std::string& path) const
{
  return open_local_folder(path);
}

std::unique_ptr<ports::OpenFile> LocalFileTree::open(const std::string& path) const
{
  return open_at(AT_FDCWD, path.c_str(), path);
}

std::string LocalFileTree::read_link(const std::string& path) const
{
  return read_link_at(AT_FDCWD, path.c_str(), path);
}

std::string LocalFileTree::resolve(const std::string& path) const
{
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> resolved(::realpath(path.c_str(), nullptr));
  if (resolved) {
    return resolved.get();
  }
  const int error = errno;
  const std::size_t slash = path.rfind('/');
  if (error == ENOENT && slash != std::string::npos && slash + 1 < path.size()) {
    const std::string parent = resolve(slash == 0 ? "/" : path.substr(0, slash));
    return (parent == "/" ? "" : parent) + path.substr(slash);
  }
  throw system_error(error, "resolve '" + path + "'");
}

std::unique_ptr<ports::Restoration> LocalFileTree::begin_restore(
    const ports::RestorationTarget& target)
{
  ports::RestorationTarget resolved = target;
  resolved.path = resolve(target.path);
  return std::make_unique<LocalRestoration>(resolved);
}

void LocalFileTree::write_file(const std::string& path, std::string_view content)
{
  replace_file(path, content);
}

}  // namespace mlrepro::posix
