// SPDX-License-Identifier: Apache-2.0
#include "server/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace mlrepro::server {
namespace {

// As the rest of the program words an error, for what never gets that far.
ports::WebReply error_reply(int status, std::string_view message)
{
  ports::WebReply reply;
  reply.status = status;
  reply.fields = {{"Content-Type", "application/json"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Content-Security-Policy", "sandbox; default-src 'none'"},
                  {"Cache-Control", "no-store"}};
  reply.body = R"({"error_code":"BAD_REQUEST","message":")" + std::string(message) + "\"}";
  return reply;
}

std::string_view field(const ports::WebRequest& request, std::string_view name)
{
  const auto found = std::find_if(request.fields.begin(), request.fields.end(),
                                  [name](const auto& one) { return one.first == name; });
  return found == request.fields.end() ? std::string_view() : found->second;
}

}  // namespace

void Connection::serve(const std::function<bool(bool busy)>& set_busy)
{
  const Deadline deadline = std::chrono::steady_clock::now() + work_.limits.head_time;
  channel_ = work_.tls == nullptr ? open_channel(work_.socket)
                                  : open_channel(work_.socket, *work_.tls, deadline);
  while (serve_one(set_busy)) {
  }
  linger();
}

bool Connection::serve_one(const std::function<bool(bool busy)>& set_busy)
{
  RequestReader reader(*channel_, pending_, work_.limits);
  if (!set_busy(false) || !reader.await_first_byte()) {
    return false;
  }
  set_busy(true);
  request_began_ = std::chrono::steady_clock::now();
  try {
    return answer(reader);
  } catch (const BadRequest& error) {
    refuse(reader, error);
    return false;
  }
}

bool Connection::answer(RequestReader& reader)
{
  const ports::WebRequest request = reader.read_head();
  ports::WebReply reply;
  try {
    reply = work_.handler.handle(request, reader);
  } catch (const ports::BodyError& error) {
    reply = error_reply(400, "The request's body is not well-formed, or came too slowly");
  }
  const bool whole = !reader.is_broken() && reader.skip_rest();
  const bool keep = whole && reader.keep_alive();
  const std::uint64_t sent = write_reply(*channel_, work_.limits, reply,
                                         request.method == "HEAD" ? SendBody::no : SendBody::yes,
                                         keep ? Afterwards::keep : Afterwards::close);
  log(request, reply, reader, sent);
  return keep;
}

void Connection::refuse(RequestReader& reader, const BadRequest& error)
{
  ports::WebReply reply = error_reply(error.status(), error.what());
  const std::uint64_t sent =
      write_reply(*channel_, work_.limits, reply, SendBody::yes, Afterwards::close);
  log({}, reply, reader, sent);
}

void Connection::log(const ports::WebRequest& request, const ports::WebReply& reply,
                     const RequestReader& reader, std::uint64_t sent_bytes)
{
  if (work_.log == nullptr) {
    return;
  }
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - request_began_);
  work_.log->write({work_.peer, request.method, reply.logged_as, reply.status, reader.bytes_read(),
                    sent_bytes, time, std::string(field(request, "user-agent"))});
}

// Who closes with something unread makes the client lose the answer.
void Connection::linger()
{
  constexpr std::chrono::seconds k_patience(1);
  constexpr std::size_t k_most = 1 << 20U;
  channel_->finish();
  const Deadline deadline = std::chrono::steady_clock::now() + k_patience;
  std::array<char, 16384> unread;
  std::size_t total = 0;
  while (total < k_most) {
    const std::size_t size = channel_->read_some(unread, deadline);
    if (size == 0) {
      return;
    }
    total += size;
  }
}

void refuse_connection(int socket) noexcept
{
  constexpr std::string_view k_answer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
      "Content-Length: 93\r\nConnection: close\r\n\r\n"
      "{\"error_code\":\"TEMPORARILY_UNAVAILABLE\",\"message\":\"Too many connections. Please try "
      "again.\"}\n";
  (void)!::send(socket, k_answer.data(), k_answer.size(), MSG_NOSIGNAL);
}

}  // namespace mlrepro::server
