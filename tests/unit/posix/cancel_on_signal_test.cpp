// SPDX-License-Identifier: Apache-2.0
#include "posix/cancel_on_signal.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "mlrepro/model/error.hpp"

namespace mlrepro::posix {
namespace {

TEST(CancelOnSignal, CancelsAgainUntilItEnds)
{
  std::atomic<int> cancels{0};
  {
    CancelOnSignal interruption([&cancels] { ++cancels; });
    interruption.check();
    ASSERT_EQ(::raise(SIGTERM), 0);
    for (int i = 0; i < 500 && cancels < 3; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_GE(cancels, 3) << "the first may have found a server that was idle";
    try {
      interruption.check();
      ADD_FAILURE() << "nobody is told of the signal";
    } catch (const model::Error& error) {
      EXPECT_EQ(error.kind(), model::ErrorKind::interrupted);
    }
  }
  const int then = cancels;
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  EXPECT_EQ(cancels, then);
}

}  // namespace
}  // namespace mlrepro::posix
