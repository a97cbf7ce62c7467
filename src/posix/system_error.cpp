// SPDX-License-Identifier: Apache-2.0
#include "posix/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace mlrepro::posix {
namespace {

model::ErrorKind kind_of_errno(int error)
{
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return model::ErrorKind::not_found;
    case EEXIST:
    case ENOTEMPTY:
      return model::ErrorKind::conflict;
    default:
      return model::ErrorKind::io;
  }
}

std::string hint_for(int error)
{
  switch (error) {
    case ENOSPC:
      return "free some space, or move the store with --store DIR";
    case EDQUOT:
      return "your disk quota is used up: free some space, or use --store DIR";
    case EACCES:
    case EPERM:
      return "check who owns it and its permissions with 'ls -ld'";
    case EROFS:
      return "the file system is mounted read-only";
    case EMFILE:
      return "raise the limit of open files with 'ulimit -n'";
    default:
      return {};
  }
}

}  // namespace

model::Error system_error(int error, const std::string& what)
{
  return {kind_of_errno(error), what + ": " + std::generic_category().message(error),
          hint_for(error)};
}

void throw_errno(const std::string& what)
{
  throw system_error(errno, what);
}

}  // namespace mlrepro::posix
