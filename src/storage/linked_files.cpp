// SPDX-License-Identifier: Apache-2.0
#include "storage/linked_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "crypto/sha256.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/folders.hpp"
#include "posix/system_error.hpp"
#include "storage/pack_names.hpp"
#include "storage/pack_writer.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_buffer = std::size_t{256} * 1024;
constexpr mode_t k_all_modes = 07777;

mode_t mode_of(bool executable)
{
  return executable ? 0555 : 0444;
}

std::vector<std::byte>& buffer()
{
  static thread_local std::vector<std::byte> bytes(k_buffer);
  return bytes;
}

model::Digest digest_of_file(int fd, const std::string& path)
{
  crypto::Sha256 hash;
  while (const std::size_t size = posix::read_fully(fd, buffer(), "read '" + path + "'")) {
    hash.update(std::span(buffer()).first(size));
  }
  return hash.finish();
}

void remove_name(const std::string& path)
{
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    posix::throw_errno("remove '" + path + "'");
  }
}

// Calls `visit(path, status)` for every file below.
template <typename Action>
void for_each_file(const std::string& folder, Action visit)
{
  for (const std::string& shard : names_in(folder)) {
    for (const std::string& name : names_in(folder + "/" + shard)) {
      const std::string path = folder + "/" + shard + "/" + name;
      struct stat status {};
      if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
        visit(path, status);
      }
    }
  }
}

// Losing the other name was its last change.
model::Timestamp unused_since(const struct stat& status)
{
  constexpr std::int64_t k_ms_per_s = 1'000;
  constexpr std::int64_t k_ns_per_ms = 1'000'000;
  return {status.st_ctim.tv_sec * k_ms_per_s + status.st_ctim.tv_nsec / k_ns_per_ms};
}

std::uint64_t size_of(const struct stat& status)
{
  return static_cast<std::uint64_t>(status.st_size);
}

// Calls `action(path)` for those with no other name of which `wanted` says so; returns their bytes.
template <typename Action>
std::uint64_t for_each_unused(const std::string& folder, const LinkedFiles::Visit& wanted,
                              Action action)
{
  std::uint64_t bytes = 0;
  for_each_file(folder, [&](const std::string& path, const struct stat& status) {
    if (status.st_nlink == 1 && wanted(unused_since(status))) {
      action(path);
      bytes += size_of(status);
    }
  });
  return bytes;
}

}  // namespace

std::string LinkedFiles::path_of(const model::Digest& digest, bool executable) const
{
  const std::string hex = digest.hex();
  return folder_ + "/" + hex.substr(0, 2) + "/" + hex + (executable ? ".x" : "");
}

std::optional<std::string> LinkedFiles::find(const model::Digest& digest, bool executable) const
{
  std::string path = path_of(digest, executable);
  const posix::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    posix::throw_errno("open '" + path + "'");
  }
  struct stat status {};
  const bool sound = ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
                     (status.st_mode & k_all_modes) == mode_of(executable) &&
                     digest_of_file(file.get(), path) == digest;
  if (!sound) {
    remove_name(path);
    return std::nullopt;
  }
  return path;
}

std::string LinkedFiles::make(const model::Digest& digest, bool executable,
                              ports::ByteSource& content) const
{
  posix::make_folders(temporary_, 0700);
  const std::string temporary = next_temporary(temporary_);
  std::string path = path_of(digest, executable);
  try {
    posix::FileDescriptor file =
        posix::open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode_of(executable));
    while (const std::size_t size = content.read(buffer())) {
      posix::write_fully(file.get(), std::span(buffer()).first(size), "write '" + path + "'");
    }
    // Whatever the umask made of it.
    if (::fchmod(file.get(), mode_of(executable)) != 0) {
      posix::throw_errno("write '" + path + "'");
    }
    file.close("write '" + path + "'");
    posix::make_folders(posix::parent_folder(path), 0755);
    // Somebody else may have made it meanwhile.
    if (::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
      posix::throw_errno("make '" + path + "'");
    }
  } catch (...) {
    (void)::unlink(temporary.c_str());
    throw;
  }
  (void)::unlink(temporary.c_str());
  return path;
}

void LinkedFiles::remove(const model::Digest& digest, bool executable) const
{
  remove_name(path_of(digest, executable));
}

std::uint64_t LinkedFiles::unused_bytes(const Visit& wanted) const
{
  return for_each_unused(folder_, wanted, [](const std::string&) {});
}

std::uint64_t LinkedFiles::remove_unused(const Visit& wanted) const
{
  return for_each_unused(folder_, wanted, remove_name);
}

std::uint64_t LinkedFiles::remove_all() const
{
  std::uint64_t bytes = 0;
  for_each_file(folder_, [&](const std::string& path, const struct stat& status) {
    remove_name(path);
    bytes += status.st_nlink == 1 ? size_of(status) : 0;
  });
  return bytes;
}

}  // namespace mlrepro::storage
