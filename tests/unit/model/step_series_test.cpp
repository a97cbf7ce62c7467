// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/step_series.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

namespace mlrepro::model {
namespace {

using Steps = std::vector<std::int64_t>;

StepSeries series_of(const Steps& steps)
{
  StepSeries series;
  for (const std::int64_t step : steps) {
    series.append(step);
  }
  return series;
}

void expect_same(const Steps& steps, const Steps& wanted)
{
  const StepSeries series = series_of(steps);
  ASSERT_EQ(series.size(), steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ASSERT_EQ(series.at(i), steps[i]) << i;
  }
  const std::set<std::int64_t> each(steps.begin(), steps.end());
  EXPECT_EQ(series.distinct(std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::int64_t>::max()),
            Steps(each.begin(), each.end()));
  const bool increasing =
      std::adjacent_find(steps.begin(), steps.end(), std::greater_equal<>()) == steps.end();
  EXPECT_EQ(series.is_increasing(), increasing);
  std::vector<std::uint64_t> expected;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (std::binary_search(wanted.begin(), wanted.end(), steps[i])) {
      expected.push_back(i);
    }
  }
  std::vector<std::uint64_t> found;
  for (const StepSeries::Span& span : series.find(wanted)) {
    for (std::uint64_t i = 0; i < span.count; ++i) {
      found.push_back(span.first + i);
    }
  }
  EXPECT_EQ(found, expected);
  for (const std::int64_t step : wanted) {
    if (increasing) {
      EXPECT_EQ(series.lower_bound(step),
                std::lower_bound(steps.begin(), steps.end(), step) - steps.begin());
    }
  }
}

// Stretches up, down and on the spot, and steps of no order at all.
Steps some_steps(std::mt19937& random)
{
  Steps steps;
  const auto below = [&](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  };
  std::int64_t step = below(20) - 10;
  for (std::int64_t stretch = below(6); stretch > 0; --stretch) {
    const std::int64_t distance = below(7) - 3;
    for (std::int64_t left = below(12); left > 0; --left) {
      steps.push_back(step);
      step += distance;
    }
    step += below(3) == 0 ? below(30) - 15 : 0;
  }
  return steps;
}

TEST(StepSeries, IsWhatWasAppended)
{
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::set<std::int64_t> wanted;
    for (auto left = random() % 12; left > 0; --left) {
      wanted.insert(static_cast<std::int64_t>(random() % 60) - 30);
    }
    expect_same(some_steps(random), Steps(wanted.begin(), wanted.end()));
  }
}

TEST(StepSeries, GoesFromTheLowestNumberToTheHighest)
{
  constexpr std::int64_t k_low = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t k_high = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t k_quarter = std::int64_t{1} << 62;
  expect_same({k_low, k_high, k_low, 0, k_high}, {k_low, 0, k_high});
  expect_same({k_low, k_low + k_quarter, 0, k_quarter}, {k_low, -1, 0, k_quarter, k_high});
  expect_same({k_quarter, 0, -k_quarter, k_low}, {k_low, -k_quarter, 1, k_quarter});
}

TEST(StepSeries, TakesNoMemoryForStepsAtEqualDistances)
{
  StepSeries series;
  for (std::int64_t step = 0; step < 100'000; ++step) {
    series.append(step * 10);
  }
  EXPECT_LT(series.memory(), 200U);
}

}  // namespace
}  // namespace mlrepro::model
