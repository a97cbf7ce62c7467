// SPDX-License-Identifier: Apache-2.0
#include "cli/scratch_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "mlrepro/model/error.hpp"
#include "posix/file_lock.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::cli {
namespace {

constexpr const char* k_kept = "mlrepro-replay-";
// One that has no lock yet has another name: it can't be taken for one that was left behind.
constexpr const char* k_starting = ".mlrepro-scratch-";
constexpr const char* k_removed = "mlrepro-scratch-";

std::string temporary_folder()
{
  const char* base = std::getenv("TMPDIR");
  return base != nullptr && *base != '\0' ? base : "/tmp";
}

std::string make_new(const std::string& prefix)
{
  std::string path = temporary_folder() + "/" + prefix + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    posix::throw_errno("make a scratch folder '" + path + "'");
  }
  return path;
}

void remove_quietly(const std::string& path) noexcept
{
  try {
    posix::remove_tree(path);
  } catch (const std::exception&) {
    // Below $TMPDIR; the system clears it.
  }
}

posix::FileDescriptor open_folder(const std::string& path, int more_flags)
{
  return posix::FileDescriptor(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | more_flags));
}

bool is_ours(int fd)
{
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_uid == ::geteuid();
}

void remove_abandoned()
{
  const std::string base = temporary_folder();
  for (const std::string& name : posix::list_names(base, posix::Unreadable::is_as_far_as_it_goes)) {
    if (!name.starts_with(k_removed)) {
      continue;
    }
    const std::string path = base + "/" + name;
    const posix::FileDescriptor folder = open_folder(path, O_CLOEXEC);
    if (folder.is_open() && is_ours(folder.get()) &&
        posix::try_lock_file(folder.get(), posix::LockMode::exclusive, path)) {
      remove_quietly(path);
    }
  }
}

}  // namespace

ScratchFolder::ScratchFolder(const std::string& wanted, Afterwards afterwards)
{
  if (!wanted.empty()) {
    if (::mkdir(wanted.c_str(), 0700) != 0) {
      posix::throw_errno("make the scratch folder '" + wanted + "'");
    }
    path_ = wanted;
    return;
  }
  remove_abandoned();
  if (afterwards == Afterwards::keep) {
    path_ = make_new(k_kept);
    return;
  }
  const std::string starting = make_new(k_starting);
  in_use_ = open_folder(starting, 0);
  if (!in_use_.is_open()) {
    posix::throw_errno("open the scratch folder '" + starting + "'");
  }
  posix::lock_file(in_use_.get(), posix::LockMode::exclusive, starting);
  path_ = temporary_folder() + "/" + k_removed + starting.substr(starting.rfind('-') + 1);
  if (::rename(starting.c_str(), path_.c_str()) != 0) {
    posix::throw_errno("make the scratch folder '" + path_ + "'");
  }
}

ScratchFolder::~ScratchFolder()
{
  if (!is_kept()) {
    remove_quietly(path_);
  }
}

}  // namespace mlrepro::cli
