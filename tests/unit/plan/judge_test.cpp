// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace mlrepro::plan {
namespace {

using model::CheckStatus;
using model::Level;
using model::MetricStatus;
using model::Verdict;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr double k_infinity = std::numeric_limits<double>::infinity();
const double k_nan = std::nan("");

model::Digest digest(std::uint8_t first)
{
  return model::Digest(model::Digest::Bytes{first});
}

model::Run complete_run()
{
  model::Run run;
  run.command = {"python", "train.py"};
  run.status = model::RunStatus::finished;
  run.exit_code = 0;
  run.code.digest = digest(1);
  run.params = {{"lr", {"0.1", "argv"}}};
  run.inputs = {{"data", digest(2), digest(2), 1, 1, true, false}};
  run.outputs = {{"model.pkl", digest(3), digest(3), 1, 1, true, false}};
  run.environment.emplace();
  run.environment->interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  run.metrics["rmse"].add({0.4, 0, {}});
  return run;
}

using Change = std::function<void(model::Run&)>;

model::Reproduction judged(const Change& of_record, const Change& of_replay,
                           const std::vector<ToleranceRule>& rules = {})
{
  model::Run recorded = complete_run();
  model::Run replay = complete_run();
  of_record(recorded);
  of_replay(replay);
  return judge(recorded, replay, rules);
}

void nothing(model::Run&) {}

void set_metric(model::Run& run, double value)
{
  run.metrics["rmse"] = {};
  run.metrics["rmse"].add({value, 0, {}});
}

TEST(Judge, LeavesTheUseOfTheMachineOut)
{
  const auto result = judged(
      [](model::Run& run) { run.metrics["system/memory_bytes"].add({1e9, 0, {}}); },
      [](model::Run& run) { run.metrics["system/cpu_percent"].add({1, 0, {}}); });
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  ASSERT_EQ(result.metrics.size(), 1U);
  EXPECT_EQ(result.metrics[0].key, "rmse");
}

struct MetricCase {
  std::optional<double> recorded, replayed;
  model::Tolerance tolerance;
  MetricStatus status;
};

TEST(JudgeMetric, NeedsEqualValuesWithoutATolerance)
{
  const std::vector<MetricCase> cases = {
      {0.4, 0.4, {}, MetricStatus::same},
      {0.0, -0.0, {}, MetricStatus::same},
      {0.4, std::nextafter(0.4, 1), {}, MetricStatus::differs},
      {k_infinity, k_infinity, {}, MetricStatus::same},
      {-k_infinity, k_infinity, {1e300, 1}, MetricStatus::differs},
      {k_infinity, 1, {1e300, 1}, MetricStatus::differs},
      {1, k_infinity, {1e300, 1}, MetricStatus::differs},
      {k_nan, k_nan, {}, MetricStatus::incomparable},
      {k_nan, 1, {1, 1}, MetricStatus::incomparable},
      {1, k_nan, {1, 1}, MetricStatus::incomparable},
      {1, std::nullopt, {}, MetricStatus::incomparable},
      {std::nullopt, 1, {}, MetricStatus::incomparable}};
  for (const MetricCase& item : cases) {
    const auto check = judge_metric("m", item.recorded, item.replayed, item.tolerance);
    EXPECT_EQ(model::to_string(check.status), model::to_string(item.status))
        << item.recorded.value_or(-1) << " " << item.replayed.value_or(-1);
  }
}

TEST(JudgeMetric, AllowsAbsoluteAndRelativeDifferences)
{
  const std::vector<MetricCase> cases = {{1, 1.5, {0.5, 0}, MetricStatus::within_tolerance},
                                         {1, 0.5, {0.5, 0}, MetricStatus::within_tolerance},
                                         {1, 1.5001, {0.5, 0}, MetricStatus::differs},
                                         {-2, -3, {0, 0.5}, MetricStatus::within_tolerance},
                                         {-2, -3.1, {0, 0.5}, MetricStatus::differs},
                                         {2, 4, {1, 0.5}, MetricStatus::within_tolerance},
                                         {0, 1e-9, {0, 1}, MetricStatus::differs},
                                         {0, 1e-9, {1e-9, 0}, MetricStatus::within_tolerance},
                                         {1e308, -1e308, {1e308, 0.5}, MetricStatus::differs}};
  for (const MetricCase& item : cases) {
    const auto check = judge_metric("m", item.recorded, item.replayed, item.tolerance);
    EXPECT_EQ(model::to_string(check.status), model::to_string(item.status))
        << *item.recorded << " " << *item.replayed;
  }
}

TEST(JudgeMetric, SaysHowFarApartTheValuesAre)
{
  const auto check = judge_metric("m", -2, -3, {});
  EXPECT_EQ(check.absolute, 1);
  EXPECT_EQ(check.relative, 0.5);
  EXPECT_EQ(judge_metric("m", 0, 3, {}).relative, std::nullopt);
  EXPECT_EQ(judge_metric("m", 1, 1, {}).absolute, 0);
  EXPECT_EQ(judge_metric("m", 1, k_infinity, {}).absolute, std::nullopt);
  EXPECT_EQ(judge_metric("m", 1e308, -1e308, {}).absolute, std::nullopt);
}

TEST(Judge, CallsEqualResultsReproduced)
{
  const auto result = judged(nothing, nothing);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.proven, Level::evaluation);
  EXPECT_THAT(result.reasons, Contains("2 results are the same"));
  ASSERT_EQ(result.levels.size(), 5U);
  for (const auto& level : result.levels) {
    EXPECT_EQ(level.status, CheckStatus::same) << model::to_string(level.level);
  }
}

struct VerdictCase {
  Change of_record, of_replay;
  Verdict verdict;
  std::string reason;
};

TEST(Judge, GivesEveryVerdict)
{
  const std::vector<VerdictCase> cases = {
      {nothing, [](model::Run& run) { set_metric(run, 0.5); }, Verdict::differs,
       "metric 'rmse': 0.4 recorded, 0.5 replayed"},
      {nothing, [](model::Run& run) { run.outputs[0].snapshot = digest(9); }, Verdict::differs,
       "output 'model.pkl': other content"},
      {nothing, [](model::Run& run) { run.metrics.clear(); }, Verdict::incomparable,
       "metric 'rmse': 0.4 recorded, missing replayed"},
      {nothing,
       [](model::Run& run) {
         run.metrics["new"].add({1, 0, {}});
       },
       Verdict::incomparable, "metric 'new': missing recorded"},
      {nothing, [](model::Run& run) { set_metric(run, k_nan); }, Verdict::incomparable,
       "NaN replayed"},
      {[](model::Run& run) { set_metric(run, k_nan); },
       [](model::Run& run) { set_metric(run, k_nan); }, Verdict::incomparable, "NaN recorded"},
      {nothing, [](model::Run& run) { run.outputs[0].snapshot.reset(); }, Verdict::incomparable,
       "output 'model.pkl': missing in the replay"},
      {[](model::Run& run) { run.outputs[0].snapshot.reset(); }, nothing, Verdict::incomparable,
       "missing in the record"},
      {nothing, [](model::Run& run) { run.exit_code = 1; }, Verdict::failed,
       "the command ended with exit code 1, the record says exit code 0"},
      {nothing, [](model::Run& run) { run.exit_code.reset(), run.signal = 9; }, Verdict::failed,
       "ended with signal 9"},
      {[](model::Run& run) { run.exit_code.reset(), run.status = model::RunStatus::lost; }, nothing,
       Verdict::failed, "the record says status lost"}};
  for (const VerdictCase& item : cases) {
    const auto result = judged(item.of_record, item.of_replay);
    EXPECT_EQ(model::to_string(result.verdict), model::to_string(item.verdict)) << item.reason;
    EXPECT_THAT(result.reasons, Contains(HasSubstr(item.reason)));
    EXPECT_EQ(result.proven, Level::none) << item.reason;
  }
}

TEST(Judge, PutsADifferenceBeforeWhatCannotBeCompared)
{
  const auto result = judged(nothing, [](model::Run& run) {
    set_metric(run, 0.5);
    run.metrics["new"].add({1, 0, {}});
  });
  EXPECT_EQ(result.verdict, Verdict::differs);
}

TEST(Judge, HasNothingToCompareWithoutResults)
{
  const auto empty = [](model::Run& run) {
    run.metrics.clear();
    run.outputs.clear();
  };
  const auto result = judged(empty, empty);
  EXPECT_EQ(result.verdict, Verdict::incomparable);
  EXPECT_THAT(result.reasons, Contains(HasSubstr("no metric and no output")));
}

TEST(Judge, ReproducesAFailureThatWasRecorded)
{
  const auto fail = [](model::Run& run) { run.exit_code = 3; };
  EXPECT_EQ(judged(fail, fail).verdict, Verdict::reproduced);
}

TEST(Judge, AcceptsAToleratedDifference)
{
  const auto result =
      judged(nothing, [](model::Run& run) { set_metric(run, 0.401); }, {{"rmse", {0.01, 0}}});
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.metrics[0].status, MetricStatus::within_tolerance);
}

TEST(Judge, SkipsWhatWasAddedAfterTheRun)
{
  const auto add = [](model::Run& run) {
    run.metrics["human"].add({5, 0, {}});
    run.metrics["human"].added_later = true;
    run.params["reviewer"] = {"ann", "log"};
    run.additions = {{{}, "param", "reviewer", "ann"}};
  };
  const auto result = judged(add, nothing);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.metrics[0].status, MetricStatus::skipped);
  EXPECT_EQ(result.levels[1].status, CheckStatus::same);
  EXPECT_EQ(result.proven, Level::evaluation);
}

struct LevelCase {
  Change of_record, of_replay;
  Level level;
  CheckStatus status;
  std::string reason;
};

TEST(Judge, ProvesOnlyAsFarAsEverythingBelowIsTheSame)
{
  const std::vector<LevelCase> cases = {
      {nothing, [](model::Run& run) { run.code.digest = digest(9); }, Level::code,
       CheckStatus::differs, "other code"},
      {[](model::Run& run) { run.code.digest.reset(); }, nothing, Level::code, CheckStatus::missing,
       "no code"},
      {[](model::Run& run) {
         run.code.omitted = {{"big", "large"}};
       },
       nothing, Level::code, CheckStatus::missing, "'big' was not stored"},
      {nothing, [](model::Run& run) { run.params["lr"].value = "0.3"; }, Level::configuration,
       CheckStatus::differs, "lr: 0.1 then, 0.3 now"},
      {nothing, [](model::Run& run) { run.params.clear(); }, Level::configuration,
       CheckStatus::differs, "lr: 0.1 then, (absent) now"},
      {nothing, [](model::Run& run) { run.inputs[0].snapshot = digest(9); }, Level::data,
       CheckStatus::differs, "not the recorded one"},
      {nothing, [](model::Run& run) { run.inputs.clear(); }, Level::data, CheckStatus::differs,
       "not the recorded one"},
      {[](model::Run& run) { run.inputs.clear(); }, nothing, Level::data, CheckStatus::missing,
       "declares no input"},
      {[](model::Run& run) { run.inputs[0].changed_during_run = true; }, nothing, Level::data,
       CheckStatus::differs, "changed while"},
      {[](model::Run& run) { run.inputs[0].snapshot.reset(); },
       [](model::Run& run) { run.inputs[0].snapshot.reset(); }, Level::data, CheckStatus::missing,
       "was not there"},
      {nothing, [](model::Run& run) { run.environment->interpreter->version = "3.12"; },
       Level::environment, CheckStatus::differs,
       "interpreter: python 3.11.2 then, python 3.12 now"},
      {[](model::Run& run) { run.environment.reset(); }, nothing, Level::environment,
       CheckStatus::missing, "the record has no environment"},
      {nothing, [](model::Run& run) { run.environment.reset(); }, Level::environment,
       CheckStatus::missing, "the replay's environment"}};
  for (const LevelCase& item : cases) {
    const auto result = judged(item.of_record, item.of_replay);
    EXPECT_EQ(result.verdict, Verdict::reproduced) << item.reason;
    const auto& check = result.levels[static_cast<std::size_t>(item.level) - 1];
    EXPECT_EQ(model::to_string(check.status), model::to_string(item.status)) << item.reason;
    EXPECT_THAT(check.reasons, Contains(HasSubstr(item.reason)));
    EXPECT_EQ(static_cast<int>(result.proven), static_cast<int>(item.level) - 1) << item.reason;
  }
}

TEST(Judge, LooksPastWhatDoesNotTouchTheNumbers)
{
  const auto result = judged(nothing, [](model::Run& run) {
    run.environment->kernel = "Linux 6.9";
    run.environment->memory_bytes = 1;
    run.environment->interpreter->path = "/elsewhere/python";
    run.environment->variables["VIRTUAL_ENV"] = "/elsewhere";
  });
  EXPECT_EQ(result.levels[3].status, CheckStatus::same);
  EXPECT_EQ(result.proven, Level::evaluation);
}

}  // namespace
}  // namespace mlrepro::plan
