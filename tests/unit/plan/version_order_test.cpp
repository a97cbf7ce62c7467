// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/version_order.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mlrepro::plan {
namespace {

TEST(VersionKey, OrdersAsVersionsDo)
{
  const std::vector<std::string> ordered = {"0.9",         "1.0a1",     "1.0b2",  "1.0rc1",
                                            "1.0",         "1.0.post1", "1.0.1",  "1.9",
                                            "1.10rc1",     "1.10",      "1.26.4", "2.0.0.dev3",
                                            "2.0.0+cu121", "2.0.1",     "10",     "20241231.1"};
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    EXPECT_LT(version_key(ordered[i - 1]), version_key(ordered[i]))
        << ordered[i - 1] << " " << ordered[i];
  }
}

TEST(VersionKey, IsTheSameForTheSameVersion)
{
  EXPECT_EQ(version_key("2"), version_key("2.0.0"));
  EXPECT_EQ(version_key("2.0rc1"), version_key("2rc1"));
  EXPECT_EQ(version_key("1.0RC1"), version_key("1.0rc1"));
  EXPECT_EQ(version_key("1-2_3"), version_key("1.2.3"));
  EXPECT_EQ(version_key("007"), version_key("7"));
  EXPECT_NE(version_key("1.0.1"), version_key("1.1"));
  EXPECT_LT(version_key(""), version_key("0.0.1"));
}

}  // namespace
}  // namespace mlrepro::plan
