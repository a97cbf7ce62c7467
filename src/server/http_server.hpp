// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "mlrepro/ports/request_handler.hpp"
#include "server/access_log.hpp"
#include "server/limits.hpp"
#include "server/listener.hpp"
#include "server/tls_context.hpp"

namespace mlrepro::server {

// HTTP/1.1 with a thread a connection: a body goes from the socket to whoever reads it, and nothing
// of it is kept in between.
class HttpServer {
 public:
  // `tls` and `log` may be null; all of them outlive the server.
  HttpServer(Listener& listener, ports::RequestHandler& handler, const TlsContext* tls,
             AccessLog* log, const Limits& limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Serves until `stop`, a descriptor, can be read, or `goes_on`, which is asked every second,
  // says no. Then no connection is accepted any more, requests that have begun are answered, as
  // far as that takes no longer than the grace, and all connections end.
  void run(int stop, const std::function<bool()>& goes_on = nullptr);

 private:
  enum class Phase { idle, busy };

  void accept_one();
  // False when there are too many connections, and each of them has a request under way.
  bool make_room(int socket);
  void serve(posix::FileDescriptor socket, const std::string& peer) noexcept;
  // False when the server stops: then a connection that is idle begins no request any more.
  bool set_phase(int socket, Phase phase);
  void end_connections();

  Listener& listener_;
  ports::RequestHandler& handler_;
  const TlsContext* tls_;
  AccessLog* log_;
  Limits limits_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::map<int, Phase> connections_;  // by socket
  bool stopping_ = false;
};

}  // namespace mlrepro::server
