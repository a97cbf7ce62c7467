// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double k_infinity = std::numeric_limits<double>::infinity();

model::Digest digest(std::uint8_t first)
{
  return model::Digest(model::Digest::Bytes{first});
}

model::MetricSummary metric(double last)
{
  model::MetricSummary summary;
  summary.add({last, 0, {}});
  return summary;
}

template <typename Diffs>
std::vector<std::string> keys(const Diffs& diffs)
{
  std::vector<std::string> result;
  for (const auto& diff : diffs) {
    result.push_back(diff.key);
  }
  return result;
}

TEST(CompareParams, ListsDifferencesOrAll)
{
  const std::map<std::string, model::Parameter> a = {
      {"depth", {"6", "argv"}}, {"lr", {"0.1", "argv"}}, {"old", {"", "flag"}}};
  const std::map<std::string, model::Parameter> b = {
      {"depth", {"6", "flag"}}, {"lr", {"0.3", "log"}}, {"new", {"1", "argv"}}};
  const auto diffs = compare_params(a, b, List::differences);
  EXPECT_THAT(keys(diffs), ElementsAre("lr", "new", "old"));
  EXPECT_EQ(diffs[0].a, "0.1");
  EXPECT_EQ(diffs[0].b, "0.3");
  EXPECT_EQ(diffs[0].source, "log");
  EXPECT_FALSE(diffs[1].a);
  EXPECT_EQ(diffs[2].a, "");
  EXPECT_FALSE(diffs[2].b);
  EXPECT_EQ(diffs[2].source, "flag");
  const auto all = compare_params(a, b, List::all);
  EXPECT_THAT(keys(all), ElementsAre("depth", "lr", "new", "old"));
  EXPECT_TRUE(all[0].same);
}

struct MetricCase {
  double a, b;
  bool same;
  std::optional<double> delta, relative;
};

TEST(CompareMetrics, TellsDeltaAndRelativeWhereTheyAreNumbers)
{
  const double nan = std::nan("");
  const std::vector<MetricCase> cases = {
      {2, 2, true, 0, 0},
      {2, 3, false, 1, 0.5},
      {-2, -3, false, -1, -0.5},
      {0, 3, false, 3, std::nullopt},
      {0.0, -0.0, true, 0, std::nullopt},
      {nan, nan, true, std::nullopt, std::nullopt},
      {nan, 1, false, std::nullopt, std::nullopt},
      {k_infinity, k_infinity, true, std::nullopt, std::nullopt},
      {k_infinity, -k_infinity, false, std::nullopt, std::nullopt},
      {1, k_infinity, false, std::nullopt, std::nullopt},
      {1e308, -1e308, false, std::nullopt, std::nullopt},
      {1e-320, 1e308, false, 1e308, std::nullopt}};
  for (const MetricCase& item : cases) {
    const auto diffs = compare_metrics({{"m", metric(item.a)}}, {{"m", metric(item.b)}}, List::all);
    ASSERT_EQ(diffs.size(), 1U);
    EXPECT_EQ(diffs[0].same, item.same) << item.a << " " << item.b;
    EXPECT_EQ(diffs[0].delta, item.delta) << item.a << " " << item.b;
    EXPECT_EQ(diffs[0].relative, item.relative) << item.a << " " << item.b;
    EXPECT_EQ(compare_metrics({{"m", metric(item.a)}}, {{"m", metric(item.b)}}, List::differences)
                  .empty(),
              item.same);
  }
}

TEST(CompareMetrics, ListsWhatOneSideLacks)
{
  const auto diffs =
      compare_metrics({{"a", metric(1)}}, {{"b", metric(std::nan(""))}}, List::differences);
  EXPECT_THAT(keys(diffs), ElementsAre("a", "b"));
  EXPECT_FALSE(diffs[0].b);
  EXPECT_FALSE(diffs[1].a);
  EXPECT_FALSE(diffs[0].same || diffs[1].same);
}

TEST(CompareMetrics, TakesNoUseOfTheMachineForAResult)
{
  const std::map<std::string, model::MetricSummary> a = {{"m", metric(1)},
                                                         {"system/cpu_percent", metric(90)}};
  const std::map<std::string, model::MetricSummary> b = {
      {"m", metric(1)}, {"system/cpu_percent", metric(80)}, {"system/threads", metric(3)}};
  EXPECT_THAT(keys(compare_metrics(a, b, List::differences)), ElementsAre());
  const auto all = compare_metrics(a, b, List::all);
  EXPECT_THAT(keys(all), ElementsAre("m", "system/cpu_percent", "system/threads"));
  EXPECT_EQ(all[1].delta, -10);
  EXPECT_FALSE(all[1].same);
  EXPECT_TRUE(has_same_results(all));
  model::RunDiff diff;
  diff.command_same = diff.code.same = true;
  diff.metrics = all;
  conclude(diff);
  EXPECT_TRUE(diff.same);
}

model::RunData data(const std::string& path, std::optional<model::Digest> snapshot)
{
  model::RunData result;
  result.path = path;
  result.snapshot = snapshot;
  return result;
}

TEST(CompareData, MatchesByPath)
{
  const auto diffs = compare_data(
      {data("same", digest(1)), data("moved", digest(1)), data("gone", digest(1)),
       data("never", {})},
      {data("never", {}), data("moved", digest(2)), data("same", digest(1)), data("gone", {})},
      List::differences);
  ASSERT_EQ(diffs.size(), 2U);
  EXPECT_EQ(diffs[0].path, "gone");
  EXPECT_FALSE(diffs[0].b);
  EXPECT_EQ(diffs[1].path, "moved");
  EXPECT_EQ(diffs[1].b, digest(2));
  // Named by one side only is a difference even where nothing was there.
  EXPECT_EQ(compare_data({data("x", {})}, {}, List::differences).size(), 1U);
}

TEST(CompareEnvironments, NamesEachItem)
{
  model::Environment a;
  a.os = "Debian 12";
  a.threads = 4;
  a.gpus = {"A100"};
  a.interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  a.packages = {{"numpy", "1.24", "dist-info"}, {"mine", "1.0", "vcs git+https://h@abc"}};
  a.variables = {{"EMPTY", ""}};
  model::Environment b = a;
  EXPECT_THAT(compare_environments(a, b, List::differences), IsEmpty());
  b.threads = 8;
  b.gpus = {"A100", "A100"};
  b.interpreter->version = "3.12.0";
  b.packages[0].version = "1.25";
  b.packages[1].source = "vcs git+https://h@def";
  b.variables.clear();
  std::vector<std::string> items;
  for (const model::ItemDiff& item : compare_environments(a, b, List::differences)) {
    items.push_back(item.item + ": " + item.a.value_or("-") + " > " + item.b.value_or("-"));
  }
  EXPECT_THAT(items,
              ElementsAre("gpu 1: - > A100", "interpreter: python 3.11.2 > python 3.12.0",
                          "package mine: 1.0 (vcs git+https://h@abc) > 1.0 (vcs git+https://h@def)",
                          "package numpy: 1.24 > 1.25", "threads: 4 > 8", "variable EMPTY:  > -"));
  EXPECT_EQ(compare_environments(a, std::nullopt, List::differences).size(), 8U);
  EXPECT_THAT(compare_environments(std::nullopt, std::nullopt, List::all), IsEmpty());
}

TEST(CompareEnvironments, TakesTheSourceOfAPackageFromAnIndexAsOne)
{
  model::Environment a;
  a.packages = {{"numpy", "1.24", "dist-info"}};
  model::Environment b;
  b.packages = {{"numpy", "1.24", "conda"}};
  EXPECT_THAT(compare_environments(a, b, List::differences), IsEmpty());
}

TEST(CompareRuns, IsTheSameOnlyInEveryPart)
{
  model::Run run;
  run.command = {"train"};
  run.cwd = ".";
  run.code.digest = digest(1);
  run.params = {{"lr", {"0.1", "argv"}}};
  run.metrics = {{"m", metric(1)}};
  run.inputs = {data("in", digest(2))};
  run.outputs = {data("out", digest(3))};
  run.environment.emplace();
  EXPECT_TRUE(compare_runs(run, run, List::all).same);
  const std::vector<std::function<void(model::Run&)>> changes = {
      [](model::Run& other) { other.command = {"test"}; },
      [](model::Run& other) { other.cwd = "sub"; },
      [](model::Run& other) { other.code.digest = digest(9); },
      [](model::Run& other) { other.code.commit = "abc"; },
      [](model::Run& other) { other.params.clear(); },
      [](model::Run& other) { other.metrics["m"] = metric(2); },
      [](model::Run& other) { other.inputs[0].snapshot = digest(9); },
      [](model::Run& other) { other.outputs.clear(); },
      [](model::Run& other) { other.environment->os = "other"; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    model::Run other = run;
    changes[i](other);
    EXPECT_FALSE(compare_runs(run, other, List::differences).same) << "change " << i;
    EXPECT_FALSE(compare_runs(other, run, List::all).same) << "change " << i;
  }
}

TEST(CompareRuns, SaysWhenCodeCannotBeCompared)
{
  model::Run a;
  a.code.digest = digest(1);
  const model::RunDiff diff = compare_runs(a, model::Run(), List::differences);
  EXPECT_FALSE(diff.code.comparable);
  EXPECT_FALSE(diff.code.same);
}

}  // namespace
}  // namespace mlrepro::plan
