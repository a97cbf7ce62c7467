// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "mlrepro/ports/clock.hpp"

namespace mlrepro::testing {

// Stands still until it is moved; its random bytes are 0…01, 0…02 and so on.
class FixedClock final : public ports::Clock {
 public:
  // 2026-01-01T00:00:00Z
  explicit FixedClock(model::Timestamp now = {1'767'225'600'000}) : now_(now) {}

  void set(model::Timestamp now) { now_ = now; }
  void advance_ms(std::int64_t ms) { now_.ms += ms; }

  [[nodiscard]] model::Timestamp now() const override { return now_; }

  [[nodiscard]] std::array<std::uint8_t, 16> random_bytes() const override
  {
    std::array<std::uint8_t, 16> bytes{};
    std::uint64_t rest = ++drawn_;
    for (std::size_t i = bytes.size(); rest != 0; rest >>= 8U) {
      bytes[--i] = static_cast<std::uint8_t>(rest & 0xFFU);
    }
    return bytes;
  }

 private:
  model::Timestamp now_;
  mutable std::uint64_t drawn_ = 0;
};

}  // namespace mlrepro::testing
