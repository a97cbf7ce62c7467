// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::ports {

using WebFields = std::vector<std::pair<std::string, std::string>>;

// A request as it came over the wire, well-formed and within the limits of a head.
struct WebRequest {
  std::string method;
  std::string target;                           // path and query, percent-encoded as sent
  WebFields fields;                             // names in lower case
  std::optional<std::uint64_t> body_bytes = 0;  // absent: chunked, known at its end
};

struct WebReply {
  int status = 200;
  WebFields fields;  // besides those that the connection needs
  std::string body;
  std::unique_ptr<ByteSource> stream;  // instead of `body`
  std::uint64_t stream_bytes = 0;      // how many of them are sent
  // What the access log says of the target: nothing secret, no query.
  std::string logged_as;
};

// What a body throws when the rest of it does not come, or not in the form that it must have.
class BodyError : public model::Error {
 public:
  explicit BodyError(const std::string& message) : Error(model::ErrorKind::external, message) {}
};

// Answers requests; any number of threads at once.
class RequestHandler {
 public:
  RequestHandler() = default;
  RequestHandler(const RequestHandler&) = delete;
  RequestHandler& operator=(const RequestHandler&) = delete;
  virtual ~RequestHandler() = default;

  // `body` need not be read to its end. A BodyError of it is passed on; nothing else is thrown.
  virtual WebReply handle(const WebRequest& request, ByteSource& body) = 0;
};

}  // namespace mlrepro::ports
