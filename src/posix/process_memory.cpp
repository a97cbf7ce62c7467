// SPDX-License-Identifier: Apache-2.0
#include "posix/process_memory.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {
namespace {

// Reading stops at the end of a page: the next one may not be there, and a path seldom needs it.
constexpr std::uint64_t k_page = 4096;

// Some sandboxes forbid process_vm_readv, but not this.
ssize_t read_memory_file(pid_t pid, std::uint64_t address, std::span<std::byte> into)
{
  const std::string path = "/proc/" + std::to_string(pid) + "/mem";
  const FileDescriptor memory(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return memory.is_open()
             ? ::pread(memory.get(), into.data(), into.size(), static_cast<off_t>(address))
             : -1;
}

}  // namespace

ssize_t read_memory(pid_t pid, std::uint64_t address, std::span<std::byte> into) noexcept
{
  const iovec local{into.data(), into.size()};
  const iovec remote{reinterpret_cast<void*>(address), into.size()};  // NOLINT: theirs, not ours
  const ssize_t size = ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
  if (size >= 0 || (errno != ENOSYS && errno != EPERM)) {
    return size;
  }
  try {
    const ssize_t read = read_memory_file(pid, address, into);
    if (read < 0 && errno == EACCES) {
      errno = EPERM;
    }
    return read;
  } catch (...) {
    errno = ENOMEM;
    return -1;
  }
}

MemoryText read_memory_text(pid_t pid, std::uint64_t address)
{
  MemoryText result;
  std::array<std::byte, k_page> buffer;
  while (result.text.size() < PATH_MAX) {
    const std::uint64_t in_page = k_page - address % k_page;
    const auto part = std::span(buffer).first(static_cast<std::size_t>(in_page));
    const ssize_t size = read_memory(pid, address, part);
    if (size <= 0) {
      result.error = size < 0 ? errno : EFAULT;
      return result;
    }
    const auto* const text = reinterpret_cast<const char*>(buffer.data());
    const std::size_t length = ::strnlen(text, static_cast<std::size_t>(size));
    result.text.append(text, length);
    if (length < static_cast<std::size_t>(size)) {
      return result;
    }
    address += static_cast<std::uint64_t>(size);
  }
  result.error = ENAMETOOLONG;
  return result;
}

}  // namespace mlrepro::posix
