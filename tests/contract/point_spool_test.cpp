// SPDX-License-Identifier: Apache-2.0
#include "sqlite/point_spool.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "mlrepro/ports/run_store.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "support/error_of.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::sqlite {
namespace {

using model::MetricPoint;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PointSpool, GivesBackWhatWasPutInOrder)
{
  const testing::TempDir folder;
  PointSpool spool(folder.path());
  const std::vector<MetricPoint> first = {{1, 1, {10}}, {2, 2, {20}}, {3, 3, {30}}};
  const std::vector<MetricPoint> second = {{4, 4, {40}, 7}};
  const auto pieces = {spool.put(first), spool.put(second), spool.put(first)};
  std::vector<std::size_t> sizes;
  std::vector<MetricPoint> found;
  for (const PointSpool::Piece& piece : pieces) {
    spool.read(piece, 2, [&](std::span<const MetricPoint> points) {
      sizes.push_back(points.size());
      found.insert(found.end(), points.begin(), points.end());
    });
  }
  EXPECT_THAT(sizes, ElementsAre(2, 1, 1, 2, 1));
  EXPECT_THAT(found,
              ElementsAre(first[0], first[1], first[2], second[0], first[0], first[1], first[2]));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "nothing is left of a process that dies";
}

TEST(PointSpool, SaysWhereItCanNotBe)
{
  PointSpool spool("/nowhere/at/all");
  const std::vector<MetricPoint> one(1);
  EXPECT_EQ(testing::error_of([&] { spool.put(one); }).kind(), model::ErrorKind::not_found);
}

// More than wait in memory, so that they come out of the file, and some that do not.
TEST(SealedPoints, AreTheSameHoweverManyThereAre)
{
  const testing::TempDir folder;
  Database database = Database::open(folder / "mlrepro.db", Mode::read_write);
  SqliteRunStore store(database);
  model::Run run;
  run.id = model::RunId::from_bytes({1});
  store.insert(run);
  std::map<std::string, std::vector<MetricPoint>> expected;
  const auto seal = store.begin_seal(run.id, {1'000});
  std::int64_t total = 0;
  while (total < 540'000) {
    std::vector<model::RunEvent> events;
    for (int i = 0; i < 9'000; ++i, ++total) {
      const std::string key = total == 77 ? "rare" : total % 3 == 0 ? "a" : "b";
      const auto value = static_cast<double>(total);
      events.emplace_back(model::MetricLogged{key, value, -total, {{total}}});
      expected[key].push_back({value, -total, {total}});
    }
    seal->add(events);
  }
  ports::RunEnd end;
  end.ended_at = {1'000};
  seal->finish(end);
  for (const auto& [key, points] : expected) {
    EXPECT_TRUE(ports::metric_points(store, run.id, key) == points) << key;
  }
  const model::Run ended = ports::find_run(store, run.id).value();
  EXPECT_EQ(ended.metrics.at("a").count, 180'000);
  EXPECT_EQ(ended.metrics.at("a").max, 539'997);
  EXPECT_EQ(ended.metrics.at("a").step, 0) << "the highest";
  EXPECT_THAT(ended.problems, IsEmpty());
  const auto orphan = [&] {
    database.execute("INSERT INTO metric_points VALUES (99, 0, 0, 0, 0)");
  };
  EXPECT_THROW(orphan(), model::Error) << "keys are looked up again";
}

}  // namespace
}  // namespace mlrepro::sqlite
