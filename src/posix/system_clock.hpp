// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/clock.hpp"

namespace mlrepro::posix {

class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] model::Timestamp now() const override;
  [[nodiscard]] std::array<std::uint8_t, 16> random_bytes() const override;
};

}  // namespace mlrepro::posix
