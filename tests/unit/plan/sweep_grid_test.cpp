// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sweep_grid.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

#include "support/expect_error.hpp"

namespace mlrepro::plan {
namespace {

using model::ErrorKind;
using model::SweepAxis;
using model::SweepPoint;
using ::testing::ElementsAre;
using testing::expect_error;
using ::testing::HasSubstr;
using ::testing::Pair;

const std::vector<SweepAxis> k_axes = {{"lr", {"0.1", "0.3"}, {}}, {"depth", {"4", "6", "8"}, {}}};

std::vector<SweepPoint> all(const SweepGrid& grid)
{
  std::vector<SweepPoint> points;
  for (std::uint64_t item = 1; item <= grid.size(); ++item) {
    points.push_back(grid.at(item));
  }
  return points;
}

TEST(SweepGrid, HasEveryCombinationTheLastAxisChangingFastest)
{
  const SweepGrid grid(k_axes, {}, 0);
  ASSERT_EQ(grid.size(), 6);
  EXPECT_THAT(grid.at(1), ElementsAre(Pair("lr", "0.1"), Pair("depth", "4")));
  EXPECT_THAT(grid.at(2), ElementsAre(Pair("lr", "0.1"), Pair("depth", "6")));
  EXPECT_THAT(grid.at(4), ElementsAre(Pair("lr", "0.3"), Pair("depth", "4")));
  EXPECT_THAT(grid.at(6), ElementsAre(Pair("lr", "0.3"), Pair("depth", "8")));
}

TEST(SweepGrid, DrawsTheSameSampleFromTheSameSeedAndNoneTwice)
{
  const auto six = all(SweepGrid(k_axes, 6, 7));
  EXPECT_EQ(std::set<SweepPoint>(six.begin(), six.end()).size(), 6);
  EXPECT_EQ(all(SweepGrid(k_axes, 6, 7)), six);
  EXPECT_NE(all(SweepGrid(k_axes, 6, 8)), six);
  const auto three = all(SweepGrid(k_axes, 3, 7));
  EXPECT_EQ(three, std::vector<SweepPoint>(six.begin(), six.begin() + 3));
}

// A recorded sweep is taken up again by its seed: these never change.
TEST(SweepGrid, DrawsWhatItHasAlwaysDrawn)
{
  const SweepGrid grid({{"n", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, {}}}, 5, 42);
  std::string drawn;
  for (const auto& point : all(grid)) {
    drawn += point[0].second;
  }
  EXPECT_EQ(drawn, "32458");
  const SweepGrid ranges({{"lr", {}, model::SweepRange{1e-4, 0.1, false, true}},
                          {"width", {}, model::SweepRange{16, 4096, true, false}},
                          {"model", {"a", "b"}, {}}},
                         2, 42);
  EXPECT_THAT(ranges.at(1),
              ElementsAre(Pair("lr", "0.0167762"), Pair("width", "3794"), Pair("model", "a")));
  EXPECT_THAT(ranges.at(2),
              ElementsAre(Pair("lr", "0.00107788"), Pair("width", "2262"), Pair("model", "a")));
}

TEST(SweepGrid, DrawsWithinItsRangesAndAllOverThem)
{
  const SweepGrid grid({{"x", {}, model::SweepRange{-1, 1, false, false}},
                        {"n", {}, model::SweepRange{1, 3, true, false}},
                        {"p", {}, model::SweepRange{1, 1000, true, true}}},
                       3000, 1);
  double sum = 0;
  std::set<std::string> whole;
  int below_ten = 0;
  for (const auto& point : all(grid)) {
    const double x = std::strtod(point[0].second.c_str(), nullptr);
    EXPECT_GE(x, -1);
    EXPECT_LE(x, 1);
    sum += x;
    whole.insert(point[1].second);
    const long power = std::strtol(point[2].second.c_str(), nullptr, 10);
    EXPECT_TRUE(power >= 1 && power <= 1000) << point[2].second;
    below_ten += power < 10 ? 1 : 0;
  }
  EXPECT_LT(std::abs(sum / 3000), 0.05);
  EXPECT_THAT(whole, ElementsAre("1", "2", "3"));
  EXPECT_TRUE(below_ten > 800 && below_ten < 1200) << below_ten;  // a third of the decades
}

TEST(SweepGrid, SamplesAGridThatIsTooLargeToRun)
{
  std::vector<SweepAxis> axes;
  for (int i = 0; i < 40; ++i) {
    axes.push_back({"k" + std::to_string(i), {"1", "2", "3"}, {}});
  }
  EXPECT_EQ(SweepGrid(axes, 10, 0).size(), 10);
  expect_error(ErrorKind::usage, HasSubstr("at most 100000 runs"), [&] { SweepGrid(axes, {}, 0); });
}

TEST(SweepGrid, RefusesWhatHasNoEndOrIsNotThere)
{
  const std::vector<SweepAxis> range = {{"x", {}, model::SweepRange{0, 1, false, false}}};
  expect_error(ErrorKind::usage, HasSubstr("a range has no end"), [&] { SweepGrid(range, {}, 0); });
  expect_error(ErrorKind::usage, HasSubstr("only 6 combinations"), [] { SweepGrid(k_axes, 7, 0); });
  expect_error(ErrorKind::usage, HasSubstr("at most"), [] { SweepGrid(k_axes, 1'000'000, 0); });
}

}  // namespace
}  // namespace mlrepro::plan
