// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.hpp"

#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include "posix/system_error.hpp"
#include "server/connection.hpp"

namespace mlrepro::server {
namespace {

std::string name_of(const sockaddr* address, socklen_t size)
{
  std::array<char, NI_MAXHOST> host{};
  return ::getnameinfo(address, size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST) == 0
             ? host.data()
             : "";
}

}  // namespace

HttpServer::HttpServer(Listener& listener, ports::RequestHandler& handler, const TlsContext* tls,
                       AccessLog* log, const Limits& limits)
    : listener_(listener), handler_(handler), tls_(tls), log_(log), limits_(limits)
{
}

HttpServer::~HttpServer()
{
  end_connections();
}

void HttpServer::run(int stop, const std::function<bool()>& goes_on)
{
  constexpr int k_tick_ms = 1000;
  while (true) {
    std::array<pollfd, 2> polls{{{listener_.socket.get(), POLLIN, 0}, {stop, POLLIN, 0}}};
    const int ready = ::poll(polls.data(), polls.size(), goes_on ? k_tick_ms : -1);
    if (ready < 0 && errno != EINTR) {
      posix::throw_errno("wait for clients");
    }
    if (polls[1].revents != 0 || (goes_on && ready == 0 && !goes_on())) {
      break;
    }
    if (polls[0].revents != 0) {
      accept_one();
    }
  }
  listener_.socket.reset();
  end_connections();
}

void HttpServer::accept_one()
{
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* peer = reinterpret_cast<sockaddr*>(&address);
  posix::FileDescriptor socket(
      ::accept4(listener_.socket.get(), peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.is_open()) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until others have ended
    }
    return;
  }
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const std::string name = name_of(peer, size);
  if (!make_room(socket.get())) {
    refuse_connection(socket.get());
    return;
  }
  const int number = socket.get();
  try {
    std::thread([this, taken = std::move(socket), name]() mutable {
      serve(std::move(taken), name);
    }).detach();
  } catch (const std::system_error&) {
    const std::lock_guard lock(mutex_);
    connections_.erase(number);
  }
}

// Whoever keeps a connection without a request has to give it up when there are too many.
bool HttpServer::make_room(int socket)
{
  const std::lock_guard lock(mutex_);
  if (connections_.size() >= limits_.connections) {
    const auto idle = std::find_if(connections_.begin(), connections_.end(),
                                   [](const auto& one) { return one.second == Phase::idle; });
    if (idle == connections_.end()) {
      return false;
    }
    idle->second = Phase::busy;
    ::shutdown(idle->first, SHUT_RD);
  }
  connections_.emplace(socket, Phase::busy);
  return true;
}

void HttpServer::serve(posix::FileDescriptor socket, const std::string& peer) noexcept
{
  const int number = socket.get();
  try {
    Connection connection({number, peer, handler_, tls_, log_, limits_});
    connection.serve(
        [this, number](bool busy) { return set_phase(number, busy ? Phase::busy : Phase::idle); });
  } catch (const std::exception&) {
    // The connection ends; there is nobody to tell.
  }
  // What OpenSSL keeps for a thread goes before the server may end: nobody waits for the thread.
  ::OPENSSL_thread_stop();
  const std::lock_guard lock(mutex_);
  connections_.erase(number);
  socket.reset();
  ended_.notify_all();
}

bool HttpServer::set_phase(int socket, Phase phase)
{
  const std::lock_guard lock(mutex_);
  connections_[socket] = phase;
  return !stopping_ || phase == Phase::busy;
}

void HttpServer::end_connections()
{
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (const auto& [socket, phase] : connections_) {
    if (phase == Phase::idle) {
      ::shutdown(socket, SHUT_RD);
    }
  }
  const auto all_ended = [this] { return connections_.empty(); };
  if (!ended_.wait_for(lock, limits_.grace, all_ended)) {
    for (const auto& [socket, phase] : connections_) {
      ::shutdown(socket, SHUT_RDWR);
    }
    ended_.wait(lock, all_ended);
  }
}

}  // namespace mlrepro::server
