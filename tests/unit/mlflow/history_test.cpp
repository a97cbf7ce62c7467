// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "support/service_world.hpp"

namespace mlrepro::mlflow {
namespace {

using Json = nlohmann::json;

struct Point {
  double value = 0;
  std::int64_t step = 0;
  std::int64_t time = 0;
};
using Runs = std::map<std::string, std::vector<Point>>;

struct Asked {
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  std::size_t limit = 10;
};

// Evenly spread over the steps that any run has in the range, and each run's first and last one.
std::set<std::int64_t> reference_steps(const Runs& runs, const Asked& asked)
{
  std::set<std::int64_t> all;
  std::set<std::int64_t> chosen;
  for (const auto& [id, points] : runs) {
    std::set<std::int64_t> own;
    for (const Point& point : points) {
      if (point.step >= asked.first && point.step <= asked.last) {
        own.insert(point.step);
      }
    }
    if (!own.empty()) {
      chosen.insert({*own.begin(), *own.rbegin()});
    }
    all.insert(own.begin(), own.end());
  }
  const std::vector<std::int64_t> sorted(all.begin(), all.end());
  const std::size_t count = std::min(sorted.size(), asked.limit);
  for (std::size_t i = 0; i < count; ++i) {
    chosen.insert(sorted[sorted.size() <= asked.limit ? i : i * sorted.size() / asked.limit]);
  }
  return chosen;
}

Json reference(const Runs& runs, const Asked& asked)
{
  const auto chosen = reference_steps(runs, asked);
  Json list = Json::array();
  for (const auto& [id, points] : runs) {
    std::vector<Point> shown;
    std::copy_if(points.begin(), points.end(), std::back_inserter(shown),
                 [&](const Point& point) { return chosen.contains(point.step); });
    std::stable_sort(shown.begin(), shown.end(), [](const Point& a, const Point& b) {
      return std::pair(a.step, a.time) < std::pair(b.step, b.time);
    });
    for (const Point& point : shown) {
      list.push_back({{"key", "m"},
                      {"run_id", id},
                      {"step", point.step},
                      {"timestamp", point.time},
                      {"value", point.value}});
    }
  }
  return list.empty() ? Json::object() : Json{{"metrics", list}};
}

class BulkHistory : public ::testing::Test {
 protected:
  // Steps up at equal distances, again and again on the spot, back and forth, or of no order.
  void log_some(const std::string& id)
  {
    std::vector<Point>& points = runs[id];
    const auto kind = points.empty() ? random() % 4 : 3;
    const std::int64_t begin = points.empty() ? 0 : points.back().step + 1;
    Json batch = Json::array();
    for (std::int64_t i = 0, count = random() % 60; i < count; ++i) {
      const std::int64_t other = static_cast<std::int64_t>(random() % 40) - 5;
      const std::int64_t step = kind == 0 ? begin + i : kind == 1 ? begin + i / 3 : other;
      points.push_back({static_cast<double>(++logged), step, 1000 + logged % 7});
      batch.push_back({{"key", "m"},
                       {"value", points.back().value},
                       {"step", step},
                       {"timestamp", points.back().time}});
    }
    ASSERT_EQ(world.post("runs/log-batch", {{"run_id", id}, {"metrics", batch}}).status, 200);
  }

  void expect_as_reference(const Asked& asked)
  {
    std::vector<std::pair<std::string, std::string>> query = {
        {"metric_key", "m"}, {"max_results", std::to_string(asked.limit)}};
    if (asked.last != Asked{}.last) {
      query.emplace_back("start_step", std::to_string(asked.first));
      query.emplace_back("end_step", std::to_string(asked.last));
    }
    for (const auto& [id, points] : runs) {
      query.emplace_back("run_ids", id);
    }
    const auto answer = world.get("metrics/get-history-bulk-interval", query);
    EXPECT_EQ(answer.body, reference(runs, asked));
  }

  testing::ServiceWorld world;
  std::mt19937 random{3};
  Runs runs;
  std::int64_t logged = 0;
};

TEST_F(BulkHistory, IsWhatASimpleReferenceSays)
{
  for (int round = 0; round < 12; ++round) {
    runs.clear();
    for (auto count = 1 + random() % 3; count > 0; --count) {
      log_some(world.make_run());
    }
    for (int again = 0; again < 3; ++again) {
      expect_as_reference({});
      expect_as_reference({.limit = 1});
      expect_as_reference({.limit = 2500});
      const auto first = static_cast<std::int64_t>(random() % 30) - 3;
      expect_as_reference(
          {.first = first, .last = first + static_cast<std::int64_t>(random() % 30)});
      expect_as_reference({.first = 1000, .last = 1001});
      log_some(runs.begin()->first);  // what was read before is not read again
    }
  }
}

// What was known of a metric does not become what another one has that took its place.
TEST_F(BulkHistory, ForgetsWhatWasOfAnotherMetric)
{
  const std::string id = world.make_run();
  const auto log = [&](const std::vector<std::int64_t>& steps) {
    Json batch = Json::array();
    for (const std::int64_t step : steps) {
      runs[id].push_back({static_cast<double>(step), step, 1000});
      batch.push_back({{"key", "m"}, {"value", step}, {"step", step}, {"timestamp", 1000}});
    }
    world.post("runs/log-batch", {{"run_id", id}, {"metrics", batch}});
  };
  log({0, 1, 2, 3, 4, 5, 6, 7});
  expect_as_reference({.limit = 4});
  world.pool.write([](sqlite::Database& database) { database.execute("DELETE FROM metrics"); });
  runs.clear();
  log({0, 5, 6, 1, 2, 3, 9, 7});
  expect_as_reference({.limit = 4});
  world.pool.write([](sqlite::Database& database) { database.execute("DELETE FROM metrics"); });
  runs.clear();
  log({3});
  expect_as_reference({.limit = 4});
}

}  // namespace
}  // namespace mlrepro::mlflow
