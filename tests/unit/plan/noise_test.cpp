// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mlrepro::plan {
namespace {

using model::MetricStatus;

TEST(Noise, IsToldBySampleStatistics)
{
  const model::Spread spread = spread_of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(spread.count, 8U);
  EXPECT_DOUBLE_EQ(spread.mean, 5);
  EXPECT_DOUBLE_EQ(spread.deviation, std::sqrt(32.0 / 7));
  EXPECT_EQ(spread.min, 2);
  EXPECT_EQ(spread.max, 9);
  EXPECT_EQ(spread.identical, 3U);
  EXPECT_FALSE(spread.is_constant());
  EXPECT_TRUE(spread_of({0.1, 0.1, 0.1}).is_constant());
  EXPECT_EQ(spread_of({0.1, 0.1, 0.1}).mean, 0.1);
  EXPECT_EQ(spread_of({0.1, 0.1, 0.1}).deviation, 0);
}

// From tables of Student's distribution.
TEST(Noise, HasTheQuantilesOfStudent)
{
  EXPECT_NEAR(student_quantile(0.975, 1), 12.7062047, 1e-6);
  EXPECT_NEAR(student_quantile(0.975, 2), 4.30265273, 1e-7);
  EXPECT_NEAR(student_quantile(0.975, 4), 2.77644511, 1e-7);
  EXPECT_NEAR(student_quantile(0.975, 9), 2.26215716, 1e-7);
  EXPECT_NEAR(student_quantile(0.975, 1000), 1.96233908, 1e-7);
  EXPECT_NEAR(student_quantile(0.95, 10), 1.81246112, 1e-7);
  EXPECT_NEAR(student_quantile(0.5, 3), 0, 1e-9);
}

TEST(Noise, GivesAnIntervalForOneMore)
{
  const auto factor = [](std::size_t count) {
    model::Spread spread;
    spread.count = count;
    spread.deviation = 1;
    return prediction_interval(spread, 1);
  };
  EXPECT_NEAR(factor(3), 4.97, 0.005);
  EXPECT_NEAR(factor(5), 3.04, 0.005);
  EXPECT_NEAR(factor(10), 2.37, 0.005);
}

TEST(Noise, IsNoMatterOfATolerance)
{
  const model::MetricRule rule = {"m", {0.05, 0}};
  const auto status = [&](std::vector<double> recorded, std::vector<double> replayed) {
    return judge_repeated({"m", std::move(recorded), std::move(replayed)}, rule, model::Gate::no)
        .status;
  };
  EXPECT_EQ(status({0.4}, {0.4, 0.41}), MetricStatus::within_tolerance);
  EXPECT_EQ(status({0.4}, {0.4, 0.5}), MetricStatus::incomparable);
  EXPECT_EQ(status({0.4}, {0.35, 0.4, 0.5}), MetricStatus::within_noise);
  EXPECT_EQ(status({0.4}, {0.39, 0.4, 0.41}), MetricStatus::within_tolerance);
  EXPECT_EQ(status({0.4, 0.4, 0.4}, {0.7}), MetricStatus::differs);
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(status({infinite}, {infinite, infinite}), MetricStatus::same);
  EXPECT_EQ(status({infinite}, {infinite, 1, 2}), MetricStatus::incomparable);
}

TEST(Noise, ExcusesNoBound)
{
  model::MetricRule rule = {"m"};
  rule.min = 0.37;
  const auto check = judge_repeated({"m", {0.4}, {0.36, 0.4, 0.44}}, rule, model::Gate::no);
  EXPECT_EQ(check.status, MetricStatus::differs);
  EXPECT_EQ(check.reason, "below the minimum 0.37 by 0.01");
}

}  // namespace
}  // namespace mlrepro::plan
