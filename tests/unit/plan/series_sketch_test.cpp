// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/series_sketch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mlrepro::plan {
namespace {

TEST(SeriesSketch, KeepsAFewPointsAsTheyAre)
{
  SeriesSketch sketch;
  sketch.add({3, 7, {}});
  sketch.add({1, -2, {}});
  sketch.add({5, 7, {}});
  const auto spans = sketch.spans();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans.begin()->first, -2);
  EXPECT_EQ(spans.at(7).min, 3);
  EXPECT_EQ(spans.at(7).max, 5);
  EXPECT_EQ(sketch.first_step(), -2);
  EXPECT_EQ(sketch.last_step(), 7);
  EXPECT_EQ(sketch.min()->step, -2);
  EXPECT_EQ(sketch.max()->value, 5);
}

TEST(SeriesSketch, LosesNoPeakOfALongSeries)
{
  SeriesSketch sketch;
  constexpr std::int64_t k_points = 300'000;
  for (std::int64_t step = 0; step < k_points; ++step) {
    sketch.add({step == 123'457 ? 99.0 : step == 200'001 ? -99.0 : 0.5, step, {}});
  }
  const auto spans = sketch.spans();
  EXPECT_GT(spans.size(), 1024U);
  EXPECT_LE(spans.size(), 4096U);
  double highest = 0;
  double lowest = 0;
  for (const auto& [step, span] : spans) {
    highest = std::max(highest, span.max);
    lowest = std::min(lowest, span.min);
    EXPECT_EQ(span.max == 99, step <= 123'457 && 123'457 < step + 128) << step;
  }
  EXPECT_EQ(highest, 99);
  EXPECT_EQ(lowest, -99);
  EXPECT_EQ(sketch.max()->step, 123'457);
  EXPECT_EQ(sketch.summary().count, k_points);
}

TEST(SeriesSketch, CountsWhatIsNotFinite)
{
  SeriesSketch sketch;
  sketch.add({std::nan(""), 0, {}});
  sketch.add({std::numeric_limits<double>::infinity(), 1, {}});
  sketch.add({-std::numeric_limits<double>::infinity(), 2, {}});
  EXPECT_EQ(sketch.nan_count(), 1U);
  EXPECT_EQ(sketch.infinite_count(), 2U);
  EXPECT_FALSE(sketch.min());
  EXPECT_TRUE(sketch.spans().empty());
  EXPECT_EQ(sketch.last_step(), 2);
}

TEST(SeriesSketch, TakesStepsFromEndToEnd)
{
  using Limits = std::numeric_limits<std::int64_t>;
  SeriesSketch sketch;
  for (std::int64_t i = 0; i < 5000; ++i) {
    sketch.add({1, Limits::min() + i, {}});
    sketch.add({2, Limits::max() - i, {}});
  }
  EXPECT_LE(sketch.spans().size(), 4096U);
  EXPECT_EQ(sketch.spans().begin()->first, Limits::min());
  EXPECT_EQ(sketch.last_step(), Limits::max());
}

}  // namespace
}  // namespace mlrepro::plan
