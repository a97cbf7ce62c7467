// SPDX-License-Identifier: Apache-2.0
#include "server/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "mlrepro/model/error.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::server {
namespace {

using model::Error;
using model::ErrorKind;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

[[noreturn]] void refuse_host(const std::string& host, const std::string& reason)
{
  throw Error(ErrorKind::usage, "--host '" + host + "': " + reason,
              "name an address of this machine, such as 127.0.0.1");
}

Address resolve(const std::string& host, std::uint16_t port)
{
  std::string name = host;
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) {
    refuse_host(host, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  return address;
}

bool is_loopback_address(const Address& address)
{
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in ip{};
    std::memcpy(&ip, &address.storage, sizeof ip);
    return (ntohl(ip.sin_addr.s_addr) >> 24U) == 127;
  }
  sockaddr_in6 ip{};
  std::memcpy(&ip, &address.storage, sizeof ip);
  return address.storage.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&ip.sin6_addr);
}

void describe(Listener& listener)
{
  Address address;
  address.size = sizeof address.storage;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(listener.socket.get(), address.get(), &address.size) != 0) {
    posix::throw_errno("find the address that is listened at");
  }
  if (::getnameinfo(address.get(), address.size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    throw Error(ErrorKind::io, "the address that is listened at can't be told");
  }
  const bool wide = address.storage.ss_family == AF_INET6;
  listener.host = wide ? "[" + std::string(host.data()) + "]" : host.data();
  listener.port = static_cast<std::uint16_t>(std::stoi(port.data()));
  listener.loopback = is_loopback_address(address);
}

}  // namespace

bool is_loopback(const std::string& host)
{
  return is_loopback_address(resolve(host, 0));
}

Listener listen_at(const std::string& host, std::uint16_t port)
{
  constexpr int k_backlog = 511;
  const Address address = resolve(host, port);
  Listener listener;
  listener.socket = posix::FileDescriptor(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.socket.is_open()) {
    posix::throw_errno("open a socket");
  }
  const int yes = 1;
  ::setsockopt(listener.socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(listener.socket.get(), address.get(), address.size) != 0 ||
      ::listen(listener.socket.get(), k_backlog) != 0) {
    const int error = errno;
    const std::string place = host + ":" + std::to_string(port);
    if (error == EADDRINUSE) {
      throw Error(ErrorKind::conflict, "port '" + place + "': somebody listens there already",
                  "take another one, or any that is free with --port 0");
    }
    if (error == EADDRNOTAVAIL) {
      refuse_host(host, "not an address of this machine");
    }
    throw posix::system_error(error, "listen at '" + place + "'");
  }
  describe(listener);
  return listener;
}

Listener adopt_listener(posix::FileDescriptor socket)
{
  Listener listener;
  listener.socket = std::move(socket);
  if (::fcntl(listener.socket.get(), F_SETFD, FD_CLOEXEC) != 0) {
    posix::throw_errno("take over a socket");
  }
  describe(listener);
  return listener;
}

}  // namespace mlrepro::server
