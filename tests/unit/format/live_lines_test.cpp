// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/live_lines.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace mlrepro::format {
namespace {

TEST(LiveLines, AreOneObjectALine)
{
  EXPECT_EQ(output_json_line("stderr", {0}, "a \"b\"\n"),
            "{\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:00.000Z\","
            "\"text\":\"a \\\"b\\\"\\n\"}\n");
  EXPECT_EQ(point_json_line("loss", "text:stdout", {0.5, 7, {0}, 3}),
            "{\"metric\":\"loss\",\"step\":7,\"time\":\"1970-01-01T00:00:00.000Z\",\"value\":0.5,"
            "\"source\":\"text:stdout\",\"line\":3}\n");
  EXPECT_EQ(point_json_line("loss", "", {std::numeric_limits<double>::infinity(), -1, {0}, 0}),
            "{\"metric\":\"loss\",\"step\":-1,\"time\":\"1970-01-01T00:00:00.000Z\","
            "\"value\":\"Infinity\",\"source\":null,\"line\":null}\n");
}

TEST(LiveLines, HoldBytesThatAreNoText)
{
  EXPECT_EQ(
      output_json_line("stdout", {0}, "\xff\n"),
      "{\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00.000Z\",\"text\":\"\\\\xff\\n\"}\n");
}

}  // namespace
}  // namespace mlrepro::format
