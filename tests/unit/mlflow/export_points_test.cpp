// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_points.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "crypto/sha256.hpp"
#include "mlrepro/format/number_text.hpp"
#include "support/memory_scratch.hpp"
#include "support/service_world.hpp"

namespace mlrepro::mlflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ServerPoint at(std::int64_t step)
{
  return {step, 7, 0};
}

std::vector<std::uint64_t> numbers_of(const PointMarks& marked)
{
  std::vector<std::uint64_t> numbers;
  for (std::size_t i = 0; i < marked.marks.size(); ++i) {
    if (marked.marks[i]) {
      numbers.push_back(i);
    }
  }
  EXPECT_EQ(numbers.size(), marked.count);
  return numbers;
}

PointMarks missing(const std::vector<ServerPoint>& here, const std::vector<ServerPoint>& there)
{
  testing::MemoryScratch scratch;
  PointSorter left(scratch, 3);
  PointSorter right(scratch, 3);
  for (std::size_t i = 0; i < here.size(); ++i) {
    left.add({here[i], i});
  }
  for (const ServerPoint& point : there) {
    right.add({point, 0});
  }
  return find_missing(left, right);
}

TEST(PointSorter, SortsWhatItKeepsAndWhatItPutAside)
{
  std::vector<NumberedPoint> points;
  std::mt19937_64 random(1);  // NOLINT: the same points each time
  for (std::uint64_t i = 0; i < 5000; ++i) {
    points.push_back({{static_cast<std::int64_t>(random() % 50) - 25,
                       static_cast<std::int64_t>(random() % 3), random() % 3},
                      i});
  }
  std::vector<NumberedPoint> expected = points;
  std::sort(expected.begin(), expected.end());
  for (const std::size_t at_once : {7U, 1000U, 1024U, 4999U, 5000U, 8000U}) {
    testing::MemoryScratch scratch;
    PointSorter sorter(scratch, at_once);
    for (const NumberedPoint& point : points) {
      sorter.add(point);
    }
    std::vector<NumberedPoint> found;
    while (const auto point = sorter.next()) {
      found.push_back(*point);
    }
    EXPECT_TRUE(found == expected) << at_once;
    EXPECT_FALSE(sorter.next()) << at_once;
    EXPECT_EQ(scratch.appended(), at_once >= 5000 ? 0 : (5000 + at_once - 1) / at_once) << at_once;
  }
}

TEST(PointSorter, OfNothingHasNothing)
{
  testing::MemoryScratch scratch;
  EXPECT_FALSE(PointSorter(scratch).next());
}

TEST(ExportPoints, AreThoseThatTheServerLacksInWhateverOrder)
{
  EXPECT_THAT(
      numbers_of(missing({at(5), at(1), at(4), at(2), at(3)}, {at(4), at(9), at(1), at(5)})),
      ElementsAre(3, 4));
  EXPECT_THAT(numbers_of(missing({at(2), at(1)}, {})), ElementsAre(0, 1));
  EXPECT_THAT(numbers_of(missing({}, {at(1)})), IsEmpty());
  EXPECT_THAT(numbers_of(missing({at(1), at(2)}, {at(2), at(2), at(1), at(1)})), IsEmpty());
}

TEST(ExportPoints, OfAlikeOnesTheFirstGoes)
{
  EXPECT_THAT(numbers_of(missing({at(1), at(2), at(1), at(1), at(2), at(1)}, {at(2)})),
              ElementsAre(0));
}

TEST(ExportPoints, DifferByTimeAndByEachBitOfTheValue)
{
  EXPECT_THAT(numbers_of(missing({{1, 7, 0}, {1, 8, 0}, {1, 7, 1}}, {{1, 7, 0}})),
              ElementsAre(1, 2));
}

// More points than a page has.
struct LongSeries : ::testing::Test {
  static constexpr std::int64_t k_points = 25'000;

  LongSeries()
  {
    ports::ClientBatch batch;
    for (std::int64_t i = 0; i < k_points; ++i) {
      batch.metrics.push_back({{"loss", static_cast<double>(i) / 4, -i, {i}}, "", "", ""});
    }
    world.runs.log(run, batch, {1});
  }

  testing::ServiceWorld world;
  model::RunId run = *model::RunId::parse(world.make_run());
  crypto::Sha256Digester digester;
};

TEST_F(LongSeries, IsReadInTheOrderInWhichItWasLogged)
{
  SeriesPages pages(world.runs, run, "loss");
  std::int64_t next = 0;
  for (auto points = pages.next(); !points.empty(); points = pages.next()) {
    EXPECT_LE(points.size(), 10'000U);
    for (const model::MetricObservation& point : points) {
      ASSERT_EQ(point.step, -next++);
    }
  }
  EXPECT_EQ(next, k_points);
}

TEST_F(LongSeries, HasTheDigestOfAllItsLines)
{
  std::string text;
  for (std::int64_t i = 0; i < k_points; ++i) {
    text += std::to_string(-i) + " " + std::to_string(i) + " " +
            format::to_text(static_cast<double>(i) / 4) + "\n";
  }
  SeriesText source(SeriesPages(world.runs, run, "loss"));
  EXPECT_EQ(digester.digest(source), digester.digest(text));
  SeriesText nothing(SeriesPages(world.runs, run, "another"));
  EXPECT_EQ(digester.digest(nothing), digester.digest(""));
}

TEST_F(LongSeries, IsVisitedWhereItIsMarked)
{
  PointMarks marked;
  marked.marks.resize(20'001);
  for (const std::size_t number : {0U, 9'999U, 10'000U, 20'000U}) {
    marked.marks[number] = true;
    ++marked.count;
  }
  std::vector<std::int64_t> steps;
  for_each_marked(SeriesPages(world.runs, run, "loss"), marked,
                  [&](const model::MetricObservation& point) { steps.push_back(point.step); });
  EXPECT_THAT(steps, ElementsAre(0, -9'999, -10'000, -20'000));
}

}  // namespace
}  // namespace mlrepro::mlflow
