// SPDX-License-Identifier: Apache-2.0
#include "posix/local_contained_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "posix/local_file_tree.hpp"
#include "posix/local_folder.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

using ports::ContainedEntry;
using ports::FileType;

constexpr int k_tries = 8;

// -1 with errno set. Links are followed as long as they stay inside.
int open_inside(int root, const std::string& path, int flags)
{
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int i = 0; i < k_tries; ++i) {
    const long fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    // EAGAIN: something was renamed while ".." of a link was resolved.
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) {
      return static_cast<int>(fd);
    }
  }
  return -1;
}

// The same part by part, without following any link.
int open_without_links(int root, const std::string& path, int flags)
{
  FileDescriptor held;
  int folder = root;
  for (std::size_t start = 0;;) {
    const std::size_t slash = path.find('/', start);
    const std::string part = path.substr(start, slash - start);
    if (part == "..") {
      errno = EXDEV;
      return -1;
    }
    const bool last = slash == std::string::npos;
    const int more = last ? flags : O_PATH | O_DIRECTORY;
    const int fd = ::openat(folder, part.c_str(), more | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || last) {
      return fd;
    }
    held = FileDescriptor(fd);
    folder = fd;
    start = slash + 1;
  }
}

FileDescriptor open_below(int root, const std::string& path, int flags)
{
  const std::string name = path.empty() ? "." : path;
  int fd = open_inside(root, name, flags);
  // An old kernel has no such call, and some containers forbid it.
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
    fd = open_without_links(root, name, flags);
  }
  return FileDescriptor(fd);
}

bool is_nothing_there(int error)
{
  return error == ENOENT || error == ENOTDIR || error == EXDEV || error == ELOOP;
}

// A file counts as what its link leads to; a folder behind a link might hold itself.
std::optional<ContainedEntry> entry_of(int root, int folder, const std::string& path,
                                       const char* name)
{
  struct stat raw {};
  if (::fstatat(folder, name, &raw, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  ports::FileStat stat = to_stat(raw);
  if (stat.type == FileType::symlink) {
    const FileDescriptor target = open_below(root, path.empty() ? name : path + "/" + name, O_PATH);
    if (target.is_open() && ::fstat(target.get(), &raw) == 0 && S_ISREG(raw.st_mode)) {
      stat = to_stat(raw);
    }
  }
  return ContainedEntry{name, stat.type, stat.type == FileType::file ? stat.size : 0,
                        stat.mtime_ns};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

class ContainedFile final : public ports::ByteSource {
 public:
  ContainedFile(FileDescriptor file, std::string shown)
      : file_(std::move(file)), shown_(std::move(shown))
  {
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    return read_fully(file_.get(), buffer, "read '" + shown_ + "'");
  }

 private:
  FileDescriptor file_;
  std::string shown_;
};

}  // namespace

LocalContainedTree::LocalContainedTree(const std::string& path)
    : root_(LocalFileTree().resolve(path)), folder_(open_file(root_, O_PATH | O_DIRECTORY))
{
}

std::optional<std::vector<ContainedEntry>> LocalContainedTree::list(const std::string& folder) const
{
  FileDescriptor opened = open_below(folder_.get(), folder, O_RDONLY | O_DIRECTORY);
  if (!opened.is_open()) {
    if (is_nothing_there(errno)) {
      return std::nullopt;
    }
    throw_errno("open folder '" + root_ + "/" + folder + "'");
  }
  const int fd = ::fcntl(opened.get(), F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, CloseFolder> names(fd < 0 ? nullptr : ::fdopendir(fd));
  if (!names) {
    throw_errno("read folder '" + root_ + "/" + folder + "'");
  }
  std::vector<ContainedEntry> entries;
  errno = 0;
  while (const dirent* item = ::readdir(names.get())) {
    const std::string name = item->d_name;
    if (name != "." && name != "..") {
      if (auto entry = entry_of(folder_.get(), opened.get(), folder, name.c_str())) {
        entries.push_back(*std::move(entry));
      }
    }
    errno = 0;
  }
  if (errno != 0) {
    throw_errno("read folder '" + root_ + "/" + folder + "'");
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

std::unique_ptr<ports::ByteSource> LocalContainedTree::open(const std::string& path) const
{
  const std::string shown = root_ + "/" + path;
  // O_NONBLOCK: a pipe must not hang us; it has no effect on files.
  FileDescriptor file = open_below(folder_.get(), path, O_RDONLY | O_NONBLOCK);
  if (!file.is_open()) {
    if (errno == EXDEV) {
      throw model::Error(model::ErrorKind::not_found, "open '" + shown + "': it leads elsewhere");
    }
    throw_errno("open '" + shown + "'");
  }
  struct stat raw {};
  if (::fstat(file.get(), &raw) != 0) {
    throw_errno("stat '" + shown + "'");
  }
  if (!S_ISREG(raw.st_mode)) {
    throw system_error(S_ISDIR(raw.st_mode) ? EISDIR : EINVAL, "open '" + shown + "'");
  }
  return std::make_unique<ContainedFile>(std::move(file), shown);
}

}  // namespace mlrepro::posix
