// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/metric.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mlrepro::model {
namespace {

TEST(MetricSummary, LastFollowsTheHighestStep)
{
  MetricSummary summary;
  summary.add({0.5, 3, {}});
  summary.add({0.9, 1, {}});
  EXPECT_EQ(summary.last, 0.5);
  summary.add({0.4, 3, {}});
  EXPECT_EQ(summary.last, 0.4);
  EXPECT_EQ(summary.step, 3);
  EXPECT_EQ(summary.min, 0.4);
  EXPECT_EQ(summary.max, 0.9);
  EXPECT_EQ(summary.count, 3);
}

TEST(MetricSummary, KeepsNanAsLastAndOutOfTheRange)
{
  MetricSummary summary;
  summary.add({std::nan(""), 0, {}});
  EXPECT_TRUE(std::isnan(summary.last));
  EXPECT_FALSE(summary.min);
  summary.add({std::numeric_limits<double>::infinity(), 1, {}});
  EXPECT_EQ(summary.max, std::numeric_limits<double>::infinity());
  EXPECT_EQ(summary.count, 2);
}

}  // namespace
}  // namespace mlrepro::model
