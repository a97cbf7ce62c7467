// SPDX-License-Identifier: Apache-2.0
#include "server/reply_writer.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/error.hpp"

namespace mlrepro::server {
namespace {

constexpr std::size_t k_piece = 256 * 1024;

std::string_view reason_of(int status)
{
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Other";
  }
}

// No value of ours has line breaks; should one ever, it is not to become a field of its own.
void append_field(std::string& head, std::string_view name, std::string_view value)
{
  head.append(name).append(": ");
  std::copy_if(value.begin(), value.end(), std::back_inserter(head),
               [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  head += "\r\n";
}

class Sender {
 public:
  Sender(Channel& channel, const Limits& limits)
      : channel_(channel), limits_(limits), started_(std::chrono::steady_clock::now())
  {
  }

  void send(std::string_view bytes)
  {
    while (!bytes.empty()) {
      const auto now = std::chrono::steady_clock::now();
      const auto credit = std::chrono::seconds(sent_ / limits_.slowest_bytes_per_s);
      const std::size_t size = channel_.write_some(
          bytes, std::min(now + limits_.pause, started_ + limits_.pause + credit));
      bytes.remove_prefix(size);
      sent_ += size;
    }
  }

 private:
  Channel& channel_;
  const Limits& limits_;
  Deadline started_;
  std::uint64_t sent_ = 0;
};

std::string head_of(const ports::WebReply& reply, std::uint64_t body_bytes, Afterwards afterwards)
{
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " " +
                     std::string(reason_of(reply.status)) + "\r\n";
  for (const auto& [name, value] : reply.fields) {
    append_field(head, name, value);
  }
  append_field(head, "Content-Length", std::to_string(body_bytes));
  append_field(head, "Connection", afterwards == Afterwards::close ? "close" : "keep-alive");
  return head + "\r\n";
}

std::size_t fill(ports::ByteSource& source, std::vector<std::byte>& buffer)
{
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const std::size_t size = source.read(std::span(buffer).subspan(filled));
    if (size == 0) {
      break;
    }
    filled += size;
  }
  return filled;
}

std::string_view text_of(const std::vector<std::byte>& buffer, std::size_t size)
{
  return {reinterpret_cast<const char*>(buffer.data()), size};
}

// A source checks what it has handed out at its end. The last piece is held back until then, so
// that no client takes damaged content for whole.
void send_stream(Sender& sender, const std::string& head, ports::ByteSource& stream,
                 std::uint64_t bytes)
{
  const std::size_t size = std::min<std::uint64_t>(k_piece, bytes + 1);
  std::vector<std::byte> piece(size);
  std::vector<std::byte> next(size);
  std::size_t in_piece = fill(stream, piece);
  std::size_t in_next = in_piece == size ? fill(stream, next) : 0;
  sender.send(head);
  std::uint64_t total = 0;
  while (in_piece > 0) {
    total += in_piece;
    if (total > bytes || (in_next == 0 && total != bytes)) {
      throw model::Error(model::ErrorKind::corrupt, "content is not as long as it was recorded");
    }
    sender.send(text_of(piece, in_piece));
    std::swap(piece, next);
    in_piece = in_next;
    in_next = in_piece == size ? fill(stream, next) : 0;
  }
}

}  // namespace

std::uint64_t write_reply(Channel& channel, const Limits& limits, ports::WebReply& reply,
                          SendBody send_body, Afterwards afterwards)
{
  const std::uint64_t bytes = reply.stream ? reply.stream_bytes : reply.body.size();
  std::string head = head_of(reply, bytes, afterwards);
  Sender sender(channel, limits);
  if (send_body == SendBody::no) {
    sender.send(head);
    return 0;
  }
  if (!reply.stream) {
    // In one piece: the second of two would wait for the first to be acknowledged.
    sender.send(head.append(reply.body));
    return bytes;
  }
  send_stream(sender, head, *reply.stream, bytes);
  return bytes;
}

}  // namespace mlrepro::server
