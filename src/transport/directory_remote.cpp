// SPDX-License-Identifier: Apache-2.0
#include "transport/directory_remote.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <optional>
#include <vector>

#include "mlrepro/format/bundle.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/atomic_file.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::transport {
namespace {

using model::Error;
using model::ErrorKind;

constexpr const char* k_incoming = "incoming";
constexpr std::size_t k_piece_bytes = std::size_t{1024} * 1024;
constexpr std::size_t k_kept_open = 64;
constexpr std::time_t k_abandoned_s = 24 * 60 * 60;

// Trouble with the remote is not trouble with the store: scripts can tell by the exit code.
Error as_external(const Error& error, const std::string& label)
{
  return {ErrorKind::external, label + ": " + error.message(), error.hint()};
}

std::string random_name()
{
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    posix::throw_errno("draw a random name");
  }
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string name;
  for (const unsigned char byte : bytes) {
    name += k_digits[byte >> 4U];
    name += k_digits[byte & 15U];
  }
  return name;
}

std::string text_of_file(const std::string& path)
{
  const posix::FileDescriptor file = posix::open_file(path, O_RDONLY);
  std::array<std::byte, 256> bytes{};
  const std::size_t size = posix::read_fully(file.get(), bytes, "read '" + path + "'");
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

// Goes with its owner unless it was given a name.
class IncomingFile {
 public:
  explicit IncomingFile(std::string path)
      : path_(std::move(path)), file_(posix::open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0444))
  {
  }
  ~IncomingFile() { (void)::unlink(path_.c_str()); }
  IncomingFile(const IncomingFile&) = delete;
  IncomingFile& operator=(const IncomingFile&) = delete;

  // `trouble` is what the content threw, and no fault of this file's.
  void fill(ports::ByteSource& content, std::optional<Error>& trouble)
  {
    std::vector<std::byte> buffer(k_piece_bytes);
    while (const std::size_t size = read(content, buffer, trouble)) {
      write(std::span(buffer).first(size));
    }
    if (::fsync(file_.get()) != 0) {
      posix::throw_errno("sync '" + path_ + "'");
    }
    file_.close("write '" + path_ + "'");
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static std::size_t read(ports::ByteSource& content, std::span<std::byte> buffer,
                          std::optional<Error>& trouble)
  {
    try {
      return content.read(buffer);
    } catch (const Error& error) {
      trouble = error;
      throw;
    }
  }

  void write(std::span<const std::byte> bytes)
  {
    posix::write_fully(file_.get(), bytes, "write '" + path_ + "'");
  }

  std::string path_;
  posix::FileDescriptor file_;
};

}  // namespace

DirectoryRemote::DirectoryRemote(std::string name, std::string folder)
    : name_(std::move(name)), folder_(std::move(folder))
{
}

std::string DirectoryRemote::label() const
{
  return "remote '" + name_ + "' (" + folder_ + ")";
}

void DirectoryRemote::establish()
{
  struct stat status {};
  if (::stat(folder_.c_str(), &status) != 0) {
    throw Error(ErrorKind::not_found, label() + ": there is no such folder",
                "make it first, or mount the share it is on");
  }
  if (!S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::conflict, label() + ": is no folder", "name a folder");
  }
  const std::string marker = folder_ + "/" + std::string(format::k_remote_marker);
  if (::stat(marker.c_str(), &status) == 0) {
    require_remote();
    return;
  }
  if (posix::has_entries(folder_)) {
    throw Error(ErrorKind::conflict, label() + ": is no remote, and not empty",
                "make a new folder for it");
  }
  posix::replace_file(marker, format::k_remote_marker_text);
}

void DirectoryRemote::require_remote() const
{
  if (checked_) {
    return;
  }
  std::string text;
  try {
    text = text_of_file(folder_ + "/" + std::string(format::k_remote_marker));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) {
      throw as_external(error, label());
    }
    throw Error(ErrorKind::external, label() + ": there is no remote in that folder",
                "mount the share; 'mlrepro remote add' makes an empty folder a remote");
  }
  if (text != format::k_remote_marker_text) {
    throw Error(ErrorKind::external, label() + ": is of a kind that this mlrepro does not know",
                "use a newer mlrepro");
  }
  checked_ = true;
}

std::string DirectoryRemote::path_of(const std::string& name) const
{
  return folder_ + "/" + name;
}

std::vector<ports::RemoteFile> DirectoryRemote::list(const std::string& folder) const
{
  require_remote();
  std::vector<ports::RemoteFile> files;
  try {
    auto names = posix::list_names(path_of(folder), posix::Unreadable::is_error_if_there);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      struct stat status {};
      const std::string path = path_of(folder) + "/" + name;
      if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
        files.push_back({folder + "/" + name, static_cast<std::uint64_t>(status.st_size)});
      }
    }
  } catch (const Error& error) {
    throw as_external(error, label());
  }
  return files;
}

int DirectoryRemote::descriptor_of(const std::string& name) const
{
  const auto known = open_.find(name);
  if (known != open_.end()) {
    return known->second.get();
  }
  if (open_.size() >= k_kept_open) {
    open_.clear();
  }
  // Not through a link: what lies in a remote may have been put there by anybody.
  posix::FileDescriptor file = posix::open_file(path_of(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::io, "'" + path_of(name) + "' is no regular file");
  }
  return open_.emplace(name, std::move(file)).first->second.get();
}

std::size_t DirectoryRemote::read(const std::string& name, std::uint64_t offset,
                                  std::span<std::byte> buffer) const
{
  require_remote();
  const std::lock_guard guard(opening_);
  try {
    const int fd = descriptor_of(name);
    std::size_t done = 0;
    while (done < buffer.size()) {
      const ssize_t size = ::pread(fd, buffer.data() + done, buffer.size() - done,
                                   static_cast<off_t>(offset + done));
      if (size < 0 && errno == EINTR) {
        continue;
      }
      if (size < 0) {
        posix::throw_errno("read '" + path_of(name) + "'");
      }
      if (size == 0) {
        break;
      }
      done += static_cast<std::size_t>(size);
    }
    return done;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      throw;
    }
    throw as_external(error, label());
  }
}

// Hard links refuse a name that is taken, also between machines. Where there are none (some network
// file systems), a rename does: over the same bytes, at the worst.
bool DirectoryRemote::give_name(const std::string& temporary, const std::string& path) const
{
  if (::link(temporary.c_str(), path.c_str()) == 0) {
    return true;
  }
  if (errno == EEXIST) {
    return false;
  }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) {
    posix::throw_errno("name '" + path + "'");
  }
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    return false;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    posix::throw_errno("name '" + path + "'");
  }
  return true;
}

void DirectoryRemote::make_folder(const std::string& folder)
{
  if (made_.insert(folder).second) {
    posix::make_folders(path_of(folder), 0777);
    posix::sync_folder(folder_);
  }
}

void DirectoryRemote::sweep_incoming() const
{
  const std::string folder = path_of(k_incoming);
  for (const std::string& name :
       posix::list_names(folder, posix::Unreadable::is_as_far_as_it_goes)) {
    const std::string path = folder + "/" + name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        ::time(nullptr) - status.st_mtime > k_abandoned_s) {
      (void)::unlink(path.c_str());
    }
  }
}

bool DirectoryRemote::write(const std::string& name, ports::ByteSource& content)
{
  require_remote();
  const std::string path = path_of(name);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    return false;
  }
  std::optional<Error> trouble;
  try {
    if (!made_.contains(k_incoming)) {
      make_folder(k_incoming);
      sweep_incoming();
    }
    const std::string folder = name.substr(0, name.find('/'));
    make_folder(folder);
    IncomingFile file(path_of(k_incoming) + "/" + random_name());
    file.fill(content, trouble);
    const bool is_new = give_name(file.path(), path);
    posix::sync_folder(path_of(folder));
    return is_new;
  } catch (const Error& error) {
    throw trouble ? *trouble : as_external(error, label());
  }
}

}  // namespace mlrepro::transport
