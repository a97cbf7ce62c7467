// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>

#include "posix/file_descriptor.hpp"
#include "server/tls_context.hpp"

namespace mlrepro::server {

using Deadline = std::chrono::steady_clock::time_point;

// The peer is gone, or took too long.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One connection's bytes, with a time limit on everything.
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  // At least one byte; 0 when the peer sends no more. Throws ConnectionLost.
  virtual std::size_t read_some(std::span<char> buffer, Deadline deadline) = 0;
  // At least one byte of a text that is not empty. Throws ConnectionLost.
  virtual std::size_t write_some(std::string_view bytes, Deadline deadline) = 0;
  // Tells the peer that nothing more comes. Never fails.
  virtual void finish() noexcept = 0;
};

// The socket does not block and outlives the channel.
std::unique_ptr<Channel> open_channel(int socket);
// After the handshake. Throws ConnectionLost when there is none by then.
std::unique_ptr<Channel> open_channel(int socket, const TlsContext& context, Deadline deadline);

}  // namespace mlrepro::server
