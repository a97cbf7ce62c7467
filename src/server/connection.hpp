// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mlrepro/ports/request_handler.hpp"
#include "server/access_log.hpp"
#include "server/channel.hpp"
#include "server/limits.hpp"
#include "server/reply_writer.hpp"
#include "server/request_reader.hpp"
#include "server/tls_context.hpp"

namespace mlrepro::server {

// What a connection works with; all of it outlives the connection.
struct ConnectionWork {
  int socket;
  const std::string& peer;
  ports::RequestHandler& handler;
  const TlsContext* tls;  // null: plain
  AccessLog* log;         // null: none
  const Limits& limits;
};

// One client's requests, one after another.
class Connection {
 public:
  explicit Connection(const ConnectionWork& work) : work_(work) {}

  // Until the client or the server ends it. `set_busy` is told when a request begins and when none
  // is under way, and says then whether to wait for one.
  void serve(const std::function<bool(bool busy)>& set_busy);

 private:
  bool serve_one(const std::function<bool(bool busy)>& set_busy);
  bool answer(RequestReader& reader);
  void refuse(RequestReader& reader, const BadRequest& error);
  void log(const ports::WebRequest& request, const ports::WebReply& reply,
           const RequestReader& reader, std::uint64_t sent_bytes);
  void linger();

  ConnectionWork work_;
  std::unique_ptr<Channel> channel_;
  std::string pending_;
  Deadline request_began_{};
};

// One answer that there are too many, without a look at what is asked. Does not wait.
void refuse_connection(int socket) noexcept;

}  // namespace mlrepro::server
