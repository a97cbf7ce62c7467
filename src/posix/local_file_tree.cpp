// SPDX-License-Identifier: Apache-2.0
#include "posix/local_file_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "posix/atomic_file.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"
#include "posix/local_restoration.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

using ports::FileStat;
using ports::FileType;

FileType type_of(mode_t mode)
{
  if (S_ISREG(mode)) {
    return FileType::file;
  }
  if (S_ISDIR(mode)) {
    return FileType::folder;
  }
  return S_ISLNK(mode) ? FileType::symlink : FileType::other;
}

FileStat to_stat(const struct stat& raw)
{
  constexpr std::int64_t k_ns = 1'000'000'000;
  FileStat stat;
  stat.type = type_of(raw.st_mode);
  stat.executable = stat.type == FileType::file && (raw.st_mode & S_IXUSR) != 0;
  stat.size = stat.type == FileType::folder ? 0 : static_cast<std::uint64_t>(raw.st_size);
  stat.mtime_ns = raw.st_mtim.tv_sec * k_ns + raw.st_mtim.tv_nsec;
  stat.ctime_ns = raw.st_ctim.tv_sec * k_ns + raw.st_ctim.tv_nsec;
  stat.inode = raw.st_ino;
  stat.device = raw.st_dev;
  return stat;
}

class LocalFile final : public ports::OpenFile {
 public:
  LocalFile(FileDescriptor file, std::string path) : file_(std::move(file)), path_(std::move(path))
  {
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    return read_fully(file_.get(), buffer, "read '" + path_ + "'");
  }

  [[nodiscard]] FileStat stat() const override
  {
    struct stat raw {};
    if (::fstat(file_.get(), &raw) != 0) {
      throw_errno("stat '" + path_ + "'");
    }
    return to_stat(raw);
  }

 private:
  FileDescriptor file_;
  std::string path_;
};

struct CloseDir {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

std::optional<FileStat> LocalFileTree::stat(const std::string& path,
                                            ports::FollowLinks follow) const
{
  struct stat raw {};
  const int flags = follow == ports::FollowLinks::yes ? 0 : AT_SYMLINK_NOFOLLOW;
  if (::fstatat(AT_FDCWD, path.c_str(), &raw, flags) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    throw_errno("stat '" + path + "'");
  }
  return to_stat(raw);
}

std::vector<ports::DirectoryItem> LocalFileTree::list(const std::string& folder) const
{
  const std::unique_ptr<DIR, CloseDir> handle(::opendir(folder.c_str()));
  if (!handle) {
    throw_errno("open folder '" + folder + "'");
  }
  std::vector<ports::DirectoryItem> items;
  errno = 0;
  while (const dirent* item = ::readdir(handle.get())) {
    const std::string name = item->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    struct stat raw {};
    if (::fstatat(::dirfd(handle.get()), name.c_str(), &raw, AT_SYMLINK_NOFOLLOW) == 0) {
      items.push_back({name, to_stat(raw)});
    } else if (errno != ENOENT) {
      throw_errno("stat '" + folder + "/" + name + "'");
    }
    errno = 0;
  }
  if (errno != 0) {
    throw_errno("read folder '" + folder + "'");
  }
  std::sort(items.begin(), items.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return items;
}

std::unique_ptr<ports::OpenFile> LocalFileTree::open(const std::string& path) const
{
  // O_NONBLOCK: a pipe that took the file's place must not hang us; it has no effect on files.
  FileDescriptor file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat raw {};
  if (::fstat(file.get(), &raw) != 0) {
    throw_errno("stat '" + path + "'");
  }
  if (!S_ISREG(raw.st_mode)) {
    throw system_error(S_ISDIR(raw.st_mode) ? EISDIR : EINVAL, "open '" + path + "'");
  }
  (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<LocalFile>(std::move(file), path);
}

std::string LocalFileTree::read_link(const std::string& path) const
{
  std::array<char, PATH_MAX + 1> buffer{};
  const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
  if (size < 0) {
    throw_errno("read link '" + path + "'");
  }
  return {buffer.data(), static_cast<std::size_t>(size)};
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

std::unique_ptr<ports::Restoration> LocalFileTree::begin_restore(const std::string& target,
                                                                 ports::Existing existing)
{
  return std::make_unique<LocalRestoration>(resolve(target), existing);
}

void LocalFileTree::write_file(const std::string& path, std::string_view content)
{
  replace_file(path, content);
}

}  // namespace mlrepro::posix
