// SPDX-License-Identifier: Apache-2.0
#include "posix/traced_call.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "posix/file_descriptor.hpp"
#include "posix/process_memory.hpp"
#include "posix/syscall_filter.hpp"

namespace mlrepro::posix {
namespace {

using model::FileAccess;
using Kind = FileAccess::Kind;
using Accesses = std::vector<FileAccess>;

constexpr int k_pidfd_open = 434;
constexpr int k_pidfd_getfd = 438;
constexpr unsigned k_rename_exchange = 2;

std::string proc_path(pid_t pid, const std::string& rest)
{
  return "/proc/" + std::to_string(pid) + "/" + rest;
}

std::optional<std::string> link_target(const std::string& link)
{
  std::array<char, PATH_MAX> buffer;
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  if (size <= 0 || buffer[0] != '/') {
    return std::nullopt;
  }
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

// "a/../b" is not "b" where a is a link: only then the disk is asked.
std::string without_dots(const std::string& path)
{
  const std::filesystem::path written(path);
  bool leads_up = false;
  for (const auto& part : written) {
    leads_up = leads_up || part == "..";
  }
  std::string plain = written.lexically_normal().string();
  if (leads_up) {
    const std::filesystem::path parent = written.parent_path();
    std::array<char, PATH_MAX> buffer;
    if (written.filename() != ".." && ::realpath(parent.c_str(), buffer.data()) != nullptr) {
      plain = (std::filesystem::path(buffer.data()) / written.filename()).string();
    }
  }
  while (plain.size() > 1 && plain.ends_with('/')) {
    plain.pop_back();
  }
  return plain;
}

// The numbers of a connection, for somebody to recognise a database or a download by.
std::optional<std::string> address_text(std::span<const std::byte> bytes)
{
  std::array<char, INET6_ADDRSTRLEN> text{};
  sa_family_t family = AF_UNSPEC;
  if (bytes.size() < sizeof family) {
    return std::nullopt;
  }
  std::memcpy(&family, bytes.data(), sizeof family);
  if (family == AF_INET && bytes.size() >= sizeof(sockaddr_in)) {
    sockaddr_in address{};
    std::memcpy(&address, bytes.data(), sizeof address);
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(address.sin_port));
  }
  if (family == AF_INET6 && bytes.size() >= sizeof(sockaddr_in6)) {
    sockaddr_in6 address{};
    std::memcpy(&address, bytes.data(), sizeof address);
    ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(address.sin6_port));
  }
  const std::size_t start = offsetof(sockaddr_un, sun_path);
  if (family == AF_UNIX && bytes.size() > start && bytes[start] == std::byte{'/'}) {
    const auto* const path = reinterpret_cast<const char*>(bytes.data()) + start;
    return "unix:" + std::string(path, ::strnlen(path, bytes.size() - start));
  }
  return std::nullopt;
}

// The name resolver connects datagram sockets to learn of routes; nothing is read from them. When
// it can't be told, the connection counts.
bool is_datagram_socket(pid_t thread, int number)
{
  std::ifstream status(proc_path(thread, "status"));
  pid_t process = thread;
  for (std::string word; status >> word;) {
    if (word == "Tgid:") {
      status >> process;
      break;
    }
  }
  const FileDescriptor opened(static_cast<int>(::syscall(k_pidfd_open, process, 0)));
  const FileDescriptor socket(
      opened.is_open() ? static_cast<int>(::syscall(k_pidfd_getfd, opened.get(), number, 0)) : -1);
  int type = 0;
  socklen_t size = sizeof type;
  return socket.is_open() && ::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
         type == SOCK_DGRAM;
}

class CallReader {
 public:
  explicit CallReader(const seccomp_notif& call)
      : pid_(static_cast<pid_t>(call.pid)), arguments_(call.data.args), call_(call)
  {
  }

  Accesses read();

 private:
  [[nodiscard]] std::uint64_t argument(std::size_t index) const { return arguments_[index]; }
  [[nodiscard]] int number(std::size_t index) const
  {
    return static_cast<int>(arguments_[index]);  // the kernel looks at 32 bits of it
  }

  // The path at an argument, seen from an open folder; absent when there is none to be had.
  std::optional<std::string> path(std::size_t text, int folder = AT_FDCWD);
  Accesses one(Kind kind, std::size_t text, int folder = AT_FDCWD);
  Accesses two(Kind kind, std::optional<std::string> from, std::optional<std::string> to);
  Accesses opened(std::optional<std::string> path, std::uint64_t flags);
  Accesses opened_as_asked();
  Accesses connected();
  Accesses used(CallKind kind);
  Accesses renamed(CallKind kind);
  static Accesses blind(const char* what) { return {{Kind::blind, what, {}, {}}}; }

  pid_t pid_;
  const __u64* arguments_;
  const seccomp_notif& call_;
  bool denied_ = false;
};

std::optional<std::string> CallReader::path(std::size_t text, int folder)
{
  const MemoryText found = read_memory_text(pid_, argument(text));
  denied_ = denied_ || found.error == EPERM;
  if (found.error != 0) {
    return std::nullopt;
  }
  if (found.text.starts_with('/')) {
    return without_dots(found.text);
  }
  const auto base = link_target(
      proc_path(pid_, folder == AT_FDCWD ? std::string("cwd") : "fd/" + std::to_string(folder)));
  if (!base) {
    return std::nullopt;
  }
  return found.text.empty() ? *base : without_dots(*base + "/" + found.text);
}

Accesses CallReader::one(Kind kind, std::size_t text, int folder)
{
  auto found = path(text, folder);
  return found ? Accesses{{kind, std::move(*found), {}, {}}} : Accesses();
}

Accesses CallReader::two(Kind kind, std::optional<std::string> from, std::optional<std::string> to)
{
  return from && to ? Accesses{{kind, std::move(*from), std::move(*to), {}}} : Accesses();
}

Accesses CallReader::opened(std::optional<std::string> path, std::uint64_t flags)
{
  // A folder is only listed, and O_PATH opens nothing to read.
  if (!path || (flags & (O_PATH | O_DIRECTORY)) != 0) {
    return {};
  }
  const std::uint64_t mode = flags & O_ACCMODE;
  const bool reads = mode != O_WRONLY && (flags & O_TRUNC) == 0;
  const bool writes = mode != O_RDONLY || (flags & O_TRUNC) != 0;
  const bool makes = (flags & O_CREAT) != 0 && ::access(path->c_str(), F_OK) != 0;
  Accesses accesses;
  if (reads && !makes) {
    accesses.push_back({Kind::read, *path, {}, {}});
  }
  if (writes || makes) {
    accesses.push_back({Kind::write, std::move(*path), {}, {}});
  }
  return accesses;
}

Accesses CallReader::opened_as_asked()
{
  open_how how{};
  const auto bytes = std::as_writable_bytes(std::span(&how, 1));
  if (read_memory(pid_, argument(2), bytes) != static_cast<ssize_t>(sizeof how)) {
    denied_ = denied_ || errno == EPERM;
    return {};
  }
  return opened(path(1, number(0)), how.flags);
}

Accesses CallReader::connected()
{
  std::array<std::byte, sizeof(sockaddr_un)> bytes{};
  const std::size_t size =
      std::min<std::uint64_t>(static_cast<std::uint32_t>(argument(2)), bytes.size());
  const auto part = std::span(bytes).first(size);
  if (read_memory(pid_, argument(1), part) != static_cast<ssize_t>(size)) {
    denied_ = denied_ || errno == EPERM;
    return {};
  }
  auto text = address_text(part);
  if (!text || is_datagram_socket(pid_, number(0))) {
    return {};
  }
  return {{Kind::connect, std::move(*text), {}, {}}};
}

// Of the calls that open, truncate or execute one file.
Accesses CallReader::used(CallKind kind)
{
  switch (kind) {
    case CallKind::open:
      return opened(path(0), argument(1));
    case CallKind::openat:
      return opened(path(1, number(0)), argument(2));
    case CallKind::openat2:
      return opened_as_asked();
    case CallKind::creat:
    case CallKind::truncate:
      return one(Kind::write, 0);
    case CallKind::execve:
      return one(Kind::execute, 0);
    case CallKind::execveat:
      return one(Kind::execute, 1, number(0));
    default:
      return {};
  }
}

// Of the calls that change what names lead to.
Accesses CallReader::renamed(CallKind kind)
{
  switch (kind) {
    case CallKind::rename:
      return two(Kind::rename, path(0), path(1));
    case CallKind::renameat: {
      const bool exchanges = static_cast<std::uint32_t>(call_.data.nr) == SYS_renameat2 &&
                             (argument(4) & k_rename_exchange) != 0;
      return two(exchanges ? Kind::exchange : Kind::rename, path(1, number(0)), path(3, number(2)));
    }
    case CallKind::unlink:
      return one(Kind::remove, 0);
    case CallKind::unlinkat:
      return (argument(2) & AT_REMOVEDIR) != 0 ? Accesses() : one(Kind::remove, 1, number(0));
    case CallKind::link:
      return one(Kind::write, 1);
    case CallKind::linkat:
      return one(Kind::write, 3, number(2));
    case CallKind::symlink:
      return one(Kind::link, 1);
    case CallKind::symlinkat:
      return one(Kind::link, 2, number(1));
    default:
      return {};
  }
}

Accesses CallReader::read()
{
  const CallKind kind = kind_of(call_.data);
  Accesses accesses;
  if (kind == CallKind::io_uring) {
    accesses = blind("a process used io_uring, whose file accesses are not seen");
  } else if (kind == CallKind::foreign) {
    accesses = blind("a program for another architecture ran, whose file accesses are not seen");
  } else if (kind == CallKind::namespaces) {
    const bool of_files = static_cast<std::uint32_t>(call_.data.nr) != SYS_unshare ||
                          (argument(0) & CLONE_NEWNS) != 0;
    if (of_files) {
      accesses = blind("a process changed its root folder or namespace, where paths are others");
    }
  } else if (kind == CallKind::connect) {
    accesses = connected();
  } else {
    accesses = used(kind);
    if (accesses.empty()) {
      accesses = renamed(kind);
    }
  }
  return denied_ ? blind("a process did not let itself be looked into") : std::move(accesses);
}

}  // namespace

std::vector<FileAccess> read_call(const seccomp_notif& call)
{
  if (call.pid == 0) {
    return {{Kind::blind, "a process is in another process namespace, out of sight", {}, {}}};
  }
  return CallReader(call).read();
}

}  // namespace mlrepro::posix
