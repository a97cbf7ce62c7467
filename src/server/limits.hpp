// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mlrepro::server {

// What one client may take of the server.
struct Limits {
  std::size_t connections = 256;
  std::size_t head_bytes = 64 * 1024;    // request line and fields
  std::size_t target_bytes = 32 * 1024;  // of the request line
  std::size_t fields = 100;
  // An artifact's content; disks end before that.
  std::uint64_t body_bytes = std::uint64_t{1} << 44U;
  std::chrono::milliseconds idle{75'000};  // between two requests
  std::chrono::milliseconds head_time{
      10'000};                               // from a request's first byte to the end of its head
  std::chrono::milliseconds pause{30'000};   // between two pieces of a body or a reply
  std::uint64_t slowest_bytes_per_s = 1024;  // of a body or a reply, on the average
  std::chrono::milliseconds grace{10'000};   // for what is under way when the server stops
};

}  // namespace mlrepro::server
