// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/environment_impact.hpp"

#include <gmock/gmock.h>

namespace mlrepro::plan {
namespace {

using model::Impact;

Impact impact(const std::string& item, const std::string& a = "1", const std::string& b = "2")
{
  model::ItemDiff difference;
  difference.item = item;
  difference.a = a;
  difference.b = b;
  return impact_of(difference);
}

TEST(EnvironmentImpact, FollowsWhatTheItemDoes)
{
  EXPECT_EQ(impact("package numpy"), Impact::high);
  EXPECT_EQ(impact("package numpy: numpy/core.py"), Impact::high);
  EXPECT_EQ(impact("package nvidia-cudnn-cu12"), Impact::high);
  EXPECT_EQ(impact("package requests"), Impact::medium);
  EXPECT_EQ(impact("package pip"), Impact::low);
  EXPECT_EQ(impact("blas"), Impact::high);
  EXPECT_EQ(impact("openmp"), Impact::high);
  EXPECT_EQ(impact_of({"openmp", std::nullopt, "/usr/lib/libgomp.so.1"}), Impact::none)
      << "older records say nothing about it";
  EXPECT_EQ(impact("gpu 0"), Impact::high);
  EXPECT_EQ(impact("variable OMP_NUM_THREADS"), Impact::high);
  EXPECT_EQ(impact("variable PYTHONHASHSEED"), Impact::high);
  EXPECT_EQ(impact("variable XLA_FLAGS"), Impact::high);
  EXPECT_EQ(impact("rocm"), Impact::high);
  EXPECT_EQ(impact("variable LANG"), Impact::medium);
  EXPECT_EQ(impact("variable PYTHONUNBUFFERED"), Impact::low);
  EXPECT_EQ(impact("cpu features"), Impact::medium);
  EXPECT_EQ(impact("threads"), Impact::medium);
  EXPECT_EQ(impact("kernel"), Impact::none);
  EXPECT_EQ(impact("lock file uv.lock"), Impact::none);
  EXPECT_EQ(impact("variable VIRTUAL_ENV"), Impact::none);
  EXPECT_EQ(impact("something of a later version"), Impact::medium);
}

TEST(EnvironmentImpact, APatchOfPythonIsLessThanAnotherSeries)
{
  EXPECT_EQ(impact("interpreter", "python 3.11.2", "python 3.11.9"), Impact::medium);
  EXPECT_EQ(impact("interpreter", "python 3.11.2", "python 3.12.2"), Impact::high);
  EXPECT_EQ(impact("interpreter", "python 3.11.2", "R 3.11.2"), Impact::high);
}

TEST(EnvironmentImpact, TheLikeliestComesFirst)
{
  model::Environment recorded;
  recorded.kernel = "Linux 6.1";
  recorded.packages = {{"numpy", "1.0", "dist-info"}, {"pip", "1", "dist-info"}};
  model::Environment now;
  now.kernel = "Linux 6.2";
  now.packages = {{"pip", "2", "dist-info"}, {"requests", "1", "dist-info"}};
  std::vector<std::string> items;
  for (const auto& difference : rank_environment(recorded, now)) {
    items.push_back(difference.item);
  }
  EXPECT_THAT(items,
              ::testing::ElementsAre("package numpy", "package requests", "package pip", "kernel"));
}

}  // namespace
}  // namespace mlrepro::plan
