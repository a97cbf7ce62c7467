// SPDX-License-Identifier: Apache-2.0
#include "posix/reopening_file_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <tuple>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/local_folder.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

// Absent when there is nothing at the path; `path` is "" for the file that `fd` has open.
std::optional<struct statx> look_at(int fd, const std::string& path, const std::string& shown)
{
  struct statx raw {};
  if (::statx(fd, path.c_str(), AT_SYMLINK_NOFOLLOW | (path.empty() ? AT_EMPTY_PATH : 0),
              STATX_BASIC_STATS | STATX_BTIME, &raw) == 0) {
    return raw;
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return std::nullopt;
  }
  throw_errno("stat '" + shown + "'");
}

// The number of a file that was deleted is soon another's, made later.
bool is_same_file(const struct statx& one, const struct statx& other)
{
  const auto identity = [](const struct statx& raw) {
    return std::tuple(raw.stx_dev_major, raw.stx_dev_minor, raw.stx_ino, raw.stx_btime.tv_sec,
                      raw.stx_btime.tv_nsec);
  };
  return identity(one) == identity(other);
}

class ReopenedFile final : public ports::OpenFile {
 public:
  explicit ReopenedFile(std::string path) : path_(std::move(path))
  {
    const FileDescriptor file = open();
    opened_ = *look_at(file.get(), "", path_);
    if (!S_ISREG(opened_.stx_mode)) {
      throw system_error(S_ISDIR(opened_.stx_mode) ? EISDIR : EINVAL, "open '" + path_ + "'");
    }
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    const auto found = look_at(AT_FDCWD, path_, path_);
    if (!found) {
      return 0;
    }
    check(*found);
    if (found->stx_size <= read_) {
      return 0;
    }
    try {
      const FileDescriptor file = open();
      check(*look_at(file.get(), "", path_));
      const std::size_t size = read_at(file.get(), read_, buffer, path_);
      read_ += size;
      return size;
    } catch (const model::Error&) {
      if (look_at(AT_FDCWD, path_, path_)) {
        throw;
      }
      return 0;  // gone since
    }
  }

  [[nodiscard]] ports::FileStat stat() const override
  {
    const auto now = stat_at(AT_FDCWD, path_.c_str(), AT_SYMLINK_NOFOLLOW, path_);
    if (now && now->inode == opened_.stx_ino) {
      return *now;
    }
    ports::FileStat last;
    last.type = ports::FileType::file;
    last.size = read_;
    last.inode = opened_.stx_ino;
    return last;
  }

 private:
  // O_NONBLOCK: a pipe that took the file's place must not hang us.
  [[nodiscard]] FileDescriptor open() const
  {
    return open_file(path_, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  }

  void check(const struct statx& found) const
  {
    if (!is_same_file(found, opened_)) {
      throw model::Error(model::ErrorKind::not_found, "read '" + path_ + "': it was replaced");
    }
  }

  std::string path_;
  struct statx opened_ {};
  std::uint64_t read_ = 0;
};

}  // namespace

std::unique_ptr<ports::OpenFile> ReopeningFileTree::open(const std::string& path) const
{
  return std::make_unique<ReopenedFile>(path);
}

}  // namespace mlrepro::posix
