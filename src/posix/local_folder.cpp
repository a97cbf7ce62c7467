// SPDX-License-Identifier: Apache-2.0
#include "posix/local_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>
#include <vector>

#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

using ports::FileStat;
using ports::FileType;

constexpr std::int64_t k_ns = 1'000'000'000;
constexpr std::size_t k_read_folder_bytes = 256UL * 1024;
constexpr std::uint64_t k_worth_read_ahead = 1UL << 20U;
// Folders within folders stay open while what is below them is read; beyond this many, their
// content is reached by path, so that a deep tree can't use up the descriptors of the process.
constexpr int k_max_open_folders = 128;

std::atomic<int> open_folders{0};

FileType type_of(mode_t mode)
{
  switch (mode & static_cast<mode_t>(S_IFMT)) {
    case S_IFREG:
      return FileType::file;
    case S_IFDIR:
      return FileType::folder;
    case S_IFLNK:
      return FileType::symlink;
    default:
      return FileType::other;
  }
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

// The names of a folder one after another, each behind a NUL.
struct NameBytes {
  std::string bytes;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // where a name begins, and its length
};

NameBytes read_names(int fd, const std::string& path)
{
  NameBytes names;
  std::vector<char> buffer(k_read_folder_bytes);
  while (true) {
    const ssize_t size = ::getdents64(fd, buffer.data(), buffer.size());
    if (size < 0) {
      throw_errno("read folder '" + path + "'");
    }
    if (size == 0) {
      return names;
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const char* const item = buffer.data() + at;
      const char* const name = item + offsetof(dirent64, d_name);
      unsigned short length = 0;
      std::memcpy(&length, item + offsetof(dirent64, d_reclen), sizeof length);
      if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) {
        names.places.emplace_back(names.bytes.size(), std::strlen(name));
        names.bytes.append(name).push_back('\0');
      }
      at += length;
    }
  }
}

class LocalFolder final : public ports::OpenFolder {
 public:
  explicit LocalFolder(const std::string& path)
      : path_(path),
        folder_(open_file(path, O_RDONLY | O_DIRECTORY)),
        names_(read_names(folder_.get(), path))
  {
    views_.reserve(names_.places.size());
    for (const auto& [begin, size] : names_.places) {
      views_.emplace_back(names_.bytes.data() + begin, size);
    }
    names_.places = {};
    std::sort(views_.begin(), views_.end());
    if (++open_folders > k_max_open_folders) {
      folder_.reset();
    }
  }
  ~LocalFolder() override { --open_folders; }
  LocalFolder(const LocalFolder&) = delete;
  LocalFolder& operator=(const LocalFolder&) = delete;

  [[nodiscard]] const std::vector<std::string_view>& names() const override { return views_; }

  [[nodiscard]] std::optional<FileStat> stat(std::string_view name) const override
  {
    // Names are views of bytes that end with a NUL.
    if (folder_.is_open()) {
      struct stat raw {};
      if (::fstatat(folder_.get(), name.data(), &raw, AT_SYMLINK_NOFOLLOW) == 0) {
        return to_stat(raw);
      }
    }
    const std::string shown = full(name);
    return stat_at(AT_FDCWD, shown.c_str(), AT_SYMLINK_NOFOLLOW, shown);
  }

  [[nodiscard]] std::unique_ptr<ports::OpenFile> open(std::string_view name) const override
  {
    const std::string shown = full(name);
    return open_at(fd(), folder_.is_open() ? name.data() : shown.c_str(), shown);
  }

  [[nodiscard]] std::string read_link(std::string_view name) const override
  {
    const std::string shown = full(name);
    return read_link_at(fd(), folder_.is_open() ? name.data() : shown.c_str(), shown);
  }

 private:
  [[nodiscard]] int fd() const { return folder_.is_open() ? folder_.get() : AT_FDCWD; }
  [[nodiscard]] std::string full(std::string_view name) const
  {
    return path_ + "/" + std::string(name);
  }

  std::string path_;
  FileDescriptor folder_;
  NameBytes names_;
  std::vector<std::string_view> views_;
};

}  // namespace

FileStat to_stat(const struct stat& raw)
{
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

std::optional<FileStat> stat_at(int folder, const char* name, int flags, const std::string& shown)
{
  struct stat raw {};
  if (::fstatat(folder, name, &raw, flags) == 0) {
    return to_stat(raw);
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return std::nullopt;
  }
  throw_errno("stat '" + shown + "'");
}

std::unique_ptr<ports::OpenFile> open_at(int folder, const char* name, const std::string& shown)
{
  // O_NONBLOCK: a pipe that took the file's place must not hang us; it has no effect on files.
  int fd = -1;
  do {
    fd = ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    throw_errno("open '" + shown + "'");
  }
  FileDescriptor file(fd);
  struct stat raw {};
  if (::fstat(file.get(), &raw) != 0) {
    throw_errno("stat '" + shown + "'");
  }
  if (!S_ISREG(raw.st_mode)) {
    throw system_error(S_ISDIR(raw.st_mode) ? EISDIR : EINVAL, "open '" + shown + "'");
  }
  if (static_cast<std::uint64_t>(raw.st_size) >= k_worth_read_ahead) {
    (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  return std::make_unique<LocalFile>(std::move(file), shown);
}

std::string read_link_at(int folder, const char* name, const std::string& shown)
{
  std::array<char, PATH_MAX + 1> buffer{};
  const ssize_t size = ::readlinkat(folder, name, buffer.data(), buffer.size());
  if (size < 0) {
    throw_errno("read link '" + shown + "'");
  }
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::unique_ptr<ports::OpenFolder> open_local_folder(const std::string& path)
{
  return std::make_unique<LocalFolder>(path);
}

}  // namespace mlrepro::posix
