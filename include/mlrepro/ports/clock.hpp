// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::ports {

// What no pure function can know: the time, and bytes that nobody can guess.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual model::Timestamp now() const = 0;
  [[nodiscard]] virtual std::array<std::uint8_t, 16> random_bytes() const = 0;
};

}  // namespace mlrepro::ports
