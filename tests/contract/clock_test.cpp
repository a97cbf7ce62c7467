// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/clock.hpp"

#include <gtest/gtest.h>

#include <set>

#include "posix/system_clock.hpp"
#include "support/fixed_clock.hpp"

namespace mlrepro {
namespace {

template <typename ClockType>
class ClockContract : public ::testing::Test {
 protected:
  ClockType clock;
};

using Clocks = ::testing::Types<posix::SystemClock, testing::FixedClock>;
TYPED_TEST_SUITE(ClockContract, Clocks);

TYPED_TEST(ClockContract, TellsAMomentOfThisCentury)
{
  const std::string year = this->clock.now().to_iso8601().substr(0, 2);
  EXPECT_EQ(year, "20");
  EXPECT_EQ(this->clock.now().to_iso8601().size(), 24U);
}

TYPED_TEST(ClockContract, DrawsDifferentBytesEachTime)
{
  std::set<std::array<std::uint8_t, 16>> drawn;
  for (int i = 0; i < 1000; ++i) {
    drawn.insert(this->clock.random_bytes());
  }
  EXPECT_EQ(drawn.size(), 1000U);
}

TEST(SystemClock, EveryByteIsRandom)
{
  const posix::SystemClock clock;
  std::array<std::set<std::uint8_t>, 16> seen;
  for (int i = 0; i < 200; ++i) {
    const auto bytes = clock.random_bytes();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      seen[at].insert(bytes[at]);
    }
  }
  for (const auto& values : seen) {
    EXPECT_GT(values.size(), 50U);
  }
}

TEST(FixedClock, StandsStillUntilItIsMoved)
{
  testing::FixedClock clock;
  const auto start = clock.now();
  EXPECT_EQ(clock.now(), start);
  clock.advance_ms(1500);
  EXPECT_EQ(model::seconds_between(start, clock.now()), 1.5);
}

}  // namespace
}  // namespace mlrepro
