// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::ports {

struct HttpRequest {
  std::string method;
  std::string target;        // behind the server's address: "/path?query", percent-encoded
  std::string content_type;  // empty: the request has no body
  std::string body;
  ByteSource* stream = nullptr;  // instead of `body`, read to its end
  std::uint64_t stream_bytes = 0;
  bool once = false;         // true: never sent again where a kept connection turns out to be gone
  ByteSink* sink = nullptr;  // takes the body of a reply of 200
};

struct HttpReply {
  int status = 0;
  std::string content_type;
  std::string location;  // where a redirect leads; none is followed
  std::optional<std::chrono::seconds> retry_after;
  std::string body;
};

// There is no answer. Of what was sent, anything may have been done.
class NoAnswer : public model::Error {
 public:
  NoAnswer(const std::string& message, std::string hint, bool may_pass)
      : Error(model::ErrorKind::external, message, std::move(hint)), may_pass_(may_pass)
  {
  }

  // False where it will be the same the next time: a certificate that is not trusted, a name that
  // nobody has.
  [[nodiscard]] bool may_pass() const { return may_pass_; }

 private:
  bool may_pass_;
};

// One server, with what it takes to be let in. For one thread.
class HttpClient {
 public:
  HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  virtual ~HttpClient() = default;

  // Whatever is answered, also an error. Throws NoAnswer, and what `stream` or `sink` throw.
  virtual HttpReply send(const HttpRequest& request) = 0;
  // Before something is tried again.
  virtual void pause(std::chrono::milliseconds time) = 0;
};

}  // namespace mlrepro::ports
