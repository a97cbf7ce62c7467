// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mlrepro/ports/request_handler.hpp"
#include "server/channel.hpp"
#include "server/limits.hpp"

namespace mlrepro::server {

// A request that can't be understood, or is too much; the connection ends after the answer.
class BadRequest : public std::runtime_error {
 public:
  BadRequest(int status, const std::string& message) : std::runtime_error(message), status_(status)
  {
  }
  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

// One request of a connection: its head, then as much of its body as somebody reads.
class RequestReader final : public ports::ByteSource {
 public:
  // `pending` is what has been read beyond the request before; all of them outlive the reader.
  RequestReader(Channel& channel, std::string& pending, const Limits& limits);
  ~RequestReader() override;
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Waits for the first byte; false when the peer ends the connection instead.
  bool await_first_byte();
  // Throws BadRequest, and ConnectionLost.
  ports::WebRequest read_head();

  // The body. Throws BodyError.
  std::size_t read(std::span<std::byte> buffer) override;
  // Whether the next request begins behind what has been read. A short rest of a body that comes
  // within a second is skipped.
  bool skip_rest();
  [[nodiscard]] bool keep_alive() const;
  // Of the body.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  // Whether the answer to a broken body is worth sending.
  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  struct Parser;

  void fill_head();
  void check_head() const;
  ports::WebRequest to_request();
  void ask_for_body();
  bool receive(Deadline deadline);
  std::size_t read_piece(std::span<std::byte> buffer);
  [[nodiscard]] Deadline body_deadline() const;

  Channel& channel_;
  std::string& pending_;
  const Limits& limits_;
  std::unique_ptr<Parser> parser_;
  std::uint64_t bytes_read_ = 0;
  bool expects_invitation_ = false;  // "Expect: 100-continue"
  bool broken_ = false;
  Deadline body_started_{};
  std::optional<Deadline> skip_until_;
};

}  // namespace mlrepro::server
