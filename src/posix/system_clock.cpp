// SPDX-License-Identifier: Apache-2.0
#include "posix/system_clock.hpp"

#include <sys/random.h>

#include <cerrno>
#include <chrono>

#include "posix/system_error.hpp"

namespace mlrepro::posix {

model::Timestamp SystemClock::now() const
{
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

std::array<std::uint8_t, 16> SystemClock::random_bytes() const
{
  std::array<std::uint8_t, 16> bytes{};
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) {
      throw_errno("get random bytes");
    }
  }
  return bytes;
}

}  // namespace mlrepro::posix
