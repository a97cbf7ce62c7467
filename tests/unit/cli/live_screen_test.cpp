// SPDX-License-Identifier: Apache-2.0
#include "cli/live_screen.hpp"

#include <gtest/gtest.h>

namespace mlrepro::cli {
namespace {

TEST(ScreenFrame, DrawsOverWhatWasThere)
{
  EXPECT_EQ(screen_frame("a\nb\n", 5), "\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J");
  EXPECT_EQ(screen_frame("", 5), "\x1b[H\x1b[J");
}

TEST(ScreenFrame, SaysWhatHasNoRoom)
{
  EXPECT_EQ(screen_frame("a\nb\nc\n", 3), "\x1b[Ha\x1b[K\r\nb\x1b[K\r\nc\x1b[K\x1b[J");
  EXPECT_EQ(screen_frame("a\nb\nc\n", 2), "\x1b[Ha\x1b[K\r\n(and 2 lines more)\x1b[K\x1b[J");
  EXPECT_EQ(screen_frame("a\nb\n", 1), "\x1b[H(and 2 lines more)\x1b[K\x1b[J");
}

}  // namespace
}  // namespace mlrepro::cli
