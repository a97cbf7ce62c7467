// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/attribution.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace mlrepro::plan {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(Attribution, OneFactorHasAllOfIt)
{
  const auto result = attribute(1, [](Mixture mixture) { return mixture == 0 ? 2.0 : 5.0; });
  EXPECT_THAT(result.contributions, ElementsAre(3.0));
  EXPECT_TRUE(result.interactions.empty());
}

TEST(Attribution, FactorsThatAddUpDoNotInteract)
{
  const auto result = attribute(3, [](Mixture mixture) {
    return 1.0 + ((mixture & 1U) != 0 ? 4 : 0) + ((mixture & 2U) != 0 ? -0.5 : 0);
  });
  EXPECT_THAT(result.contributions,
              ElementsAre(DoubleNear(4, 1e-12), DoubleNear(-0.5, 1e-12), DoubleNear(0, 1e-12)));
  for (const Interaction& pair : result.interactions) {
    EXPECT_NEAR(pair.value, 0, 1e-12);
  }
}

// Only both together make a difference: it is shared, and the interaction shows it.
TEST(Attribution, WhatTwoDoTogetherIsShared)
{
  const auto result = attribute(2, [](Mixture mixture) { return mixture == 3 ? 6.0 : 0.0; });
  EXPECT_THAT(result.contributions, ElementsAre(DoubleNear(3, 1e-12), DoubleNear(3, 1e-12)));
  ASSERT_EQ(result.interactions.size(), 1U);
  EXPECT_NEAR(result.interactions[0].value, 6, 1e-12);
}

// The example of the glove game: one left glove (factor 0), two right ones.
TEST(Attribution, IsTheKnownValueOfTheGloveGame)
{
  const auto result = attribute(
      3, [](Mixture mixture) { return (mixture & 1U) != 0 && (mixture & 6U) != 0 ? 1.0 : 0.0; });
  EXPECT_THAT(result.contributions,
              ElementsAre(DoubleNear(2.0 / 3, 1e-12), DoubleNear(1.0 / 6, 1e-12),
                          DoubleNear(1.0 / 6, 1e-12)));
}

TEST(Attribution, SumsUpToTheWholeDifference)
{
  const std::vector<double> values = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3,
                                      2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5};
  const auto result = attribute(5, [&](Mixture mixture) { return values[mixture]; });
  EXPECT_NEAR(std::accumulate(result.contributions.begin(), result.contributions.end(), 0.0),
              values.back() - values.front(), 1e-12);
  EXPECT_EQ(result.interactions.size(), 10U);
}

}  // namespace
}  // namespace mlrepro::plan
