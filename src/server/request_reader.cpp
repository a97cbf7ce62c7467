// SPDX-License-Identifier: Apache-2.0
#include "server/request_reader.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>

#include "mlrepro/model/ascii.hpp"

namespace mlrepro::server {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view k_end_of_head = "\r\n\r\n";
constexpr std::size_t k_read_bytes = 65536;
// A body that nobody wanted is read so far, so that the connection can go on.
constexpr std::uint64_t k_skipped_rest = 256 * 1024;
constexpr std::chrono::seconds k_skipping_time(1);
// The head of a chunk, or what trails the last one.
constexpr std::size_t k_longest_chunk_head = 8192;

std::string_view view(boost::beast::string_view text)
{
  return {text.data(), text.size()};
}

BadRequest malformed()
{
  return {400, "The request is not well-formed HTTP"};
}

}  // namespace

struct RequestReader::Parser {
  http::request_parser<http::buffer_body> http;
  boost::beast::error_code error;
};

RequestReader::RequestReader(Channel& channel, std::string& pending, const Limits& limits)
    : channel_(channel), pending_(pending), limits_(limits), parser_(std::make_unique<Parser>())
{
  parser_->http.eager(false);
  parser_->http.header_limit(static_cast<std::uint32_t>(limits.head_bytes + k_end_of_head.size()));
  parser_->http.body_limit(limits.body_bytes);
}

RequestReader::~RequestReader() = default;

bool RequestReader::await_first_byte()
{
  return !pending_.empty() || receive(std::chrono::steady_clock::now() + limits_.idle);
}

// False at the end of what the peer sends.
bool RequestReader::receive(Deadline deadline)
{
  std::array<char, k_read_bytes> piece;
  const std::size_t size = channel_.read_some(piece, deadline);
  pending_.append(piece.data(), size);
  return size > 0;
}

void RequestReader::fill_head()
{
  const Deadline deadline = std::chrono::steady_clock::now() + limits_.head_time;
  std::size_t searched = 0;
  while (true) {
    const std::size_t end = pending_.find(k_end_of_head, searched);
    const std::size_t head = end == std::string::npos ? pending_.size() : end;
    if (head > limits_.head_bytes) {
      throw BadRequest(431, "The request's head is too long");
    }
    if (end != std::string::npos) {
      return;
    }
    const std::size_t line = pending_.find("\r\n");
    if (line == std::string::npos && pending_.size() > limits_.target_bytes) {
      throw BadRequest(414, "The request's target is too long");
    }
    searched = pending_.size() < 3 ? 0 : pending_.size() - 3;
    if (!receive(deadline)) {
      throw ConnectionLost("the client closed the connection");
    }
  }
}

// What intermediaries are known to read in different ways is not read at all.
void RequestReader::check_head() const
{
  const std::string_view head(pending_.data(), pending_.find(k_end_of_head) + 2);
  const bool folds =
      head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos;
  const bool has_control = std::any_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\r' && c != '\n' && c != '\t') || byte == 0x7f;
  });
  if (folds || has_control || head.starts_with("\r\n")) {
    throw malformed();
  }
  for (std::size_t at = head.find_first_of("\r\n"); at != std::string_view::npos;
       at = head.find_first_of("\r\n", at + 2)) {
    if (head.substr(at, 2) != "\r\n") {
      throw malformed();
    }
  }
}

ports::WebRequest RequestReader::read_head()
{
  fill_head();
  check_head();
  const std::size_t used = parser_->http.put(
      boost::asio::const_buffer(pending_.data(), pending_.size()), parser_->error);
  if ((parser_->error && parser_->error != http::error::need_buffer) ||
      !parser_->http.is_header_done()) {
    throw parser_->error == http::error::body_limit
        ? BadRequest(413, "The request's body is too long")
        : malformed();
  }
  pending_.erase(0, used);
  return to_request();
}

ports::WebRequest RequestReader::to_request()
{
  const auto& head = parser_->http.get();
  ports::WebRequest request;
  request.method = std::string(view(head.method_string()));
  request.target = std::string(view(head.target()));
  if (request.target.size() > limits_.target_bytes) {
    throw BadRequest(414, "The request's target is too long");
  }
  if (head.version() != 10 && head.version() != 11) {
    throw BadRequest(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  std::size_t lengths = 0;
  std::size_t encodings = 0;
  for (const auto& field : head) {
    std::string name = model::lower_case(view(field.name_string()));
    const std::string value(view(field.value()));
    lengths += name == "content-length" ? 1 : 0;
    encodings += name == "transfer-encoding" ? 1 : 0;
    if (name == "transfer-encoding" && model::lower_case(value) != "chunked") {
      throw malformed();
    }
    if (name == "expect") {
      if (model::lower_case(value) != "100-continue") {
        throw BadRequest(417, "The expectation is not one that is met here");
      }
      expects_invitation_ = head.version() >= 11;
    }
    request.fields.emplace_back(std::move(name), value);
  }
  if (request.fields.size() > limits_.fields) {
    throw BadRequest(431, "The request has too many fields");
  }
  if (lengths + encodings > 1 || (encodings > 0 && head.version() < 11)) {
    throw malformed();
  }
  if (encodings > 0) {
    request.body_bytes = std::nullopt;
  } else if (const auto length = parser_->http.content_length()) {
    request.body_bytes = *length;
    if (*length > limits_.body_bytes) {
      throw BadRequest(413, "The request's body is too long");
    }
  }
  body_started_ = std::chrono::steady_clock::now();
  return request;
}

void RequestReader::ask_for_body()
{
  constexpr std::string_view k_invitation = "HTTP/1.1 100 Continue\r\n\r\n";
  if (!std::exchange(expects_invitation_, false)) {
    return;
  }
  std::string_view left = k_invitation;
  while (!left.empty()) {
    left.remove_prefix(channel_.write_some(left, std::chrono::steady_clock::now() + limits_.pause));
  }
}

Deadline RequestReader::body_deadline() const
{
  const auto now = std::chrono::steady_clock::now();
  const auto credit = std::chrono::seconds(bytes_read_ / limits_.slowest_bytes_per_s);
  const Deadline deadline = std::min(now + limits_.pause, body_started_ + limits_.pause + credit);
  return skip_until_ ? std::min(deadline, *skip_until_) : deadline;
}

std::size_t RequestReader::read_piece(std::span<std::byte> buffer)
{
  auto& body = parser_->http.get().body();
  body.data = buffer.data();
  body.size = buffer.size();
  body.more = true;
  while (!parser_->http.is_done() && body.size == buffer.size()) {
    if (pending_.empty() && !receive(body_deadline())) {
      throw ConnectionLost("the client closed the connection within a body");
    }
    const std::size_t used = parser_->http.put(
        boost::asio::const_buffer(pending_.data(), pending_.size()), parser_->error);
    pending_.erase(0, used);
    if (parser_->error == http::error::need_more) {
      if (pending_.size() > k_longest_chunk_head) {
        throw malformed();
      }
      if (!receive(body_deadline())) {
        throw ConnectionLost("the client closed the connection within a body");
      }
    } else if (parser_->error && parser_->error != http::error::need_buffer) {
      throw malformed();
    }
  }
  return buffer.size() - body.size;
}

std::size_t RequestReader::read(std::span<std::byte> buffer)
{
  if (buffer.empty() || parser_->http.is_done()) {
    return 0;
  }
  try {
    ask_for_body();
    const std::size_t size = read_piece(buffer);
    bytes_read_ += size;
    return size;
  } catch (const std::runtime_error& error) {
    broken_ = true;
    throw ports::BodyError(error.what());
  }
}

bool RequestReader::skip_rest()
{
  if (broken_ || expects_invitation_) {
    return parser_->http.is_done() && !broken_;
  }
  const auto left = parser_->http.content_length_remaining();
  if (left && *left > k_skipped_rest) {
    return false;
  }
  skip_until_ = std::chrono::steady_clock::now() + k_skipping_time;
  std::array<std::byte, 16384> skipped;
  std::uint64_t total = 0;
  try {
    while (!parser_->http.is_done() && total <= k_skipped_rest) {
      total += read(skipped);
    }
  } catch (const ports::BodyError&) {
    return false;
  }
  return parser_->http.is_done();
}

bool RequestReader::keep_alive() const
{
  return parser_->http.is_header_done() && parser_->http.keep_alive();
}

}  // namespace mlrepro::server
