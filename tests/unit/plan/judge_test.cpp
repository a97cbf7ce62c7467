// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "mlrepro/plan/judge_metric.hpp"

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
      [](model::Run& run) {
        run.metrics["system/memory_bytes"].add({1e9, 0, {}});
      },
      [](model::Run& run) {
        run.metrics["system/cpu_percent"].add({1, 0, {}});
      });
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  ASSERT_EQ(result.metrics.size(), 1U);
  EXPECT_EQ(result.metrics[0].key, "rmse");
}

struct JudgedMetric {
  std::optional<double> recorded, replayed;
  model::Tolerance tolerance;
  MetricStatus status;
};

TEST(JudgeMetric, NeedsEqualValuesWithoutATolerance)
{
  const std::vector<JudgedMetric> cases = {
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
  for (const JudgedMetric& item : cases) {
    const auto check =
        judge_metric({"m", item.recorded, item.replayed}, {"*", item.tolerance}, model::Gate::no);
    EXPECT_EQ(model::to_string(check.status), model::to_string(item.status))
        << item.recorded.value_or(-1) << " " << item.replayed.value_or(-1);
  }
}

TEST(JudgeMetric, AllowsAbsoluteAndRelativeDifferences)
{
  const std::vector<JudgedMetric> cases = {{1, 1.5, {0.5, 0}, MetricStatus::within_tolerance},
                                           {1, 0.5, {0.5, 0}, MetricStatus::within_tolerance},
                                           {1, 1.5001, {0.5, 0}, MetricStatus::differs},
                                           {-2, -3, {0, 0.5}, MetricStatus::within_tolerance},
                                           {-2, -3.1, {0, 0.5}, MetricStatus::differs},
                                           {2, 4, {1, 0.5}, MetricStatus::within_tolerance},
                                           {0, 1e-9, {0, 1}, MetricStatus::differs},
                                           {0, 1e-9, {1e-9, 0}, MetricStatus::within_tolerance},
                                           {1e308, -1e308, {1e308, 0.5}, MetricStatus::differs}};
  for (const JudgedMetric& item : cases) {
    const auto check =
        judge_metric({"m", item.recorded, item.replayed}, {"*", item.tolerance}, model::Gate::no);
    EXPECT_EQ(model::to_string(check.status), model::to_string(item.status))
        << *item.recorded << " " << *item.replayed;
  }
}

model::MetricCheck judged_metric(double recorded, double replayed,
                                 const model::MetricRule& rule = {"m"},
                                 model::Gate gate = model::Gate::no)
{
  return judge_metric({"m", recorded, replayed}, rule, gate);
}

TEST(JudgeMetric, SaysHowFarApartTheValuesAre)
{
  const auto check = judged_metric(-2, -3);
  EXPECT_EQ(check.absolute, 1);
  EXPECT_EQ(check.relative, 0.5);
  EXPECT_EQ(judged_metric(0, 3).relative, std::nullopt);
  EXPECT_EQ(judged_metric(1, 1).absolute, 0);
  EXPECT_EQ(judged_metric(1, k_infinity).absolute, std::nullopt);
  EXPECT_EQ(judged_metric(1e308, -1e308).absolute, std::nullopt);
}

TEST(JudgeMetric, SaysWhichBoundDecidedAndByHowMuch)
{
  EXPECT_EQ(
      describe_metric(judged_metric(0.80134, 0.8018, {"m", {0, 1e-3}})),
      "metric 'm': 0.80134 recorded, 0.8018 replayed, difference 0.00046 (0.000574 relative), "
      "limit 0.001 relative");
  EXPECT_EQ(judged_metric(1, 2).reason, "difference 1, no difference is allowed");
  EXPECT_EQ(judged_metric(1, 2, {"m", {0.5, 0.1}}).reason,
            "difference 1 (1 relative), limit 0.5 absolute + 0.1 relative");
  EXPECT_EQ(judged_metric(1, 1).reason, "");
  EXPECT_EQ(describe_metric(judged_metric(1, k_nan)),
            "metric 'm': 1 recorded, NaN replayed, can't be compared");
}

TEST(JudgeMetric, KeepsToBoundsWhateverWasRecorded)
{
  model::MetricRule rule = {"m", {10, 0}};
  rule.min = 0.8;
  rule.max = 1;
  EXPECT_EQ(judged_metric(0.9, 0.8, rule).status, MetricStatus::within_tolerance);
  EXPECT_EQ(judged_metric(0.7, 0.7, rule).status, MetricStatus::differs);
  EXPECT_EQ(judged_metric(0.7, 0.7, rule).reason, "below the minimum 0.8 by 0.1");
  EXPECT_EQ(judged_metric(1, 1.5, rule).reason, "above the maximum 1 by 0.5");
  EXPECT_EQ(judged_metric(0.7, 0.7, rule, model::Gate::yes).status, MetricStatus::differs);
}

TEST(JudgeMetric, AcceptsWhatIsBetterOnlyForAGate)
{
  const auto rule = [](model::Direction direction) {
    return model::MetricRule{"m", {0.1, 0}, direction};
  };
  const auto lower = rule(model::Direction::lower_is_better);
  const auto higher = rule(model::Direction::higher_is_better);
  EXPECT_EQ(judged_metric(1, 0.5, lower).status, MetricStatus::differs);
  EXPECT_THAT(judged_metric(1, 0.5, lower).reason, HasSubstr(", better"));
  EXPECT_EQ(judged_metric(1, 0.5, lower, model::Gate::yes).status, MetricStatus::improved);
  EXPECT_EQ(judged_metric(1, 1.5, lower, model::Gate::yes).status, MetricStatus::differs);
  EXPECT_THAT(judged_metric(1, 1.5, lower, model::Gate::yes).reason, HasSubstr(", worse"));
  EXPECT_EQ(judged_metric(1, 1.5, higher, model::Gate::yes).status, MetricStatus::improved);
  EXPECT_EQ(judged_metric(1, 0.95, higher, model::Gate::yes).status,
            MetricStatus::within_tolerance);
  EXPECT_EQ(judged_metric(1, 0.5, rule(model::Direction::two_sided), model::Gate::yes).status,
            MetricStatus::differs);
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

model::Reproduction judged_request(const model::Run& recorded, JudgeRequest request)
{
  for (auto* list : {&request.replays, &request.repeats}) {
    for (Repeated& repeated : *list) {
      repeated.outputs = check_outputs(recorded, repeated.run);
      repeated.to_first = check_outputs(request.replays.front().run, repeated.run);
    }
  }
  return judge(recorded, request);
}

Repeated with_result(double metric, std::uint8_t output = 3)
{
  model::Run run = complete_run();
  set_metric(run, metric);
  run.outputs[0].snapshot = digest(output);
  return {run, {}, {}};
}

TEST(JudgeGate, PassesWhatIsBetterWithoutCallingItReproduced)
{
  JudgeRequest request;
  request.replays = {with_result(0.3, 9)};
  request.rules = {{"rmse", {}, model::Direction::lower_is_better}};
  request.gate = model::Gate::yes;
  const auto better = judged_request(complete_run(), request);
  EXPECT_EQ(better.verdict, Verdict::passed);
  EXPECT_EQ(better.proven, Level::none);
  EXPECT_EQ(better.levels.back().status, CheckStatus::differs);
  request.replays = {with_result(0.4)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::reproduced);
  request.replays = {with_result(0.5)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::differs);
  request.gate = model::Gate::no;
  request.replays = {with_result(0.3)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::differs);
}

TEST(JudgeGate, NeedsAMetric)
{
  JudgeRequest request;
  request.replays = {with_result(0.3, 9)};
  request.replays[0].run.metrics.clear();
  request.gate = model::Gate::yes;
  model::Run recorded = complete_run();
  recorded.metrics.clear();
  EXPECT_EQ(judged_request(recorded, request).verdict, Verdict::incomparable);
}

TEST(JudgeRequired, IsIncomparableWithoutTheMetric)
{
  JudgeRequest request;
  request.replays = {with_result(0.4)};
  request.rules = {{"auc*", {}, model::Direction::two_sided, {}, {}, true}};
  const auto result = judged_request(complete_run(), request);
  EXPECT_EQ(result.verdict, Verdict::incomparable);
  EXPECT_THAT(result.reasons,
              Contains("metric 'auc*': required, and neither recorded nor replayed"));
  request.rules[0].metric = "rmse";
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::reproduced);
}

TEST(JudgeRepeats, ComparesExactlyWhereNothingVaries)
{
  JudgeRequest request;
  request.replays = {with_result(0.4), with_result(0.4)};
  const auto result = judged_request(complete_run(), request);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.deterministic, true);
  EXPECT_EQ(result.replays.size(), 2U);
  EXPECT_EQ(result.metrics[0].noise->replayed.identical, 2U);
  request.replays = {with_result(0.5), with_result(0.5), with_result(0.5)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::differs);
  EXPECT_EQ(judge(complete_run(), complete_run(), {}).deterministic, std::nullopt);
}

TEST(JudgeRepeats, AllowsWhatTheReplaysVaryBy)
{
  JudgeRequest request;
  request.replays = {with_result(0.41), with_result(0.39), with_result(0.42)};
  auto result = judged_request(complete_run(), request);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.metrics[0].status, MetricStatus::within_noise);
  EXPECT_EQ(result.deterministic, false);
  EXPECT_THAT(result.causes, Contains(HasSubstr("no seed was found")));
  request.replays = {with_result(0.91), with_result(0.89), with_result(0.92)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::differs);
  request.replays = {with_result(0.41), with_result(0.39)};
  result = judged_request(complete_run(), request);
  EXPECT_EQ(result.verdict, Verdict::incomparable);
  EXPECT_THAT(result.reasons[0], HasSubstr("only 3 or more tell how much is noise"));
}

TEST(JudgeRepeats, GoByTheNoiseOfTheRecordWhereItHasOne)
{
  JudgeRequest request;
  request.replays = {with_result(0.45)};
  request.repeats = {with_result(0.5), with_result(0.45)};
  const auto result = judged_request(complete_run(), request);
  EXPECT_EQ(result.metrics[0].status, MetricStatus::within_noise);
  EXPECT_EQ(result.metrics[0].noise->recorded.count, 3U);
  EXPECT_EQ(result.repeats, 2U);
  request.replays = {with_result(0.9)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::differs);
}

TEST(JudgeRepeats, TakeNoEvidenceFromOutputsThatVary)
{
  JudgeRequest request;
  request.replays = {with_result(0.4, 7), with_result(0.4, 8), with_result(0.4, 9)};
  const auto result = judged_request(complete_run(), request);
  EXPECT_EQ(result.outputs[0].status, CheckStatus::varies);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.proven, Level::environment);
  EXPECT_EQ(result.deterministic, false);
  auto ruled = request;
  for (Repeated& replay : ruled.replays) {
    replay.outputs = check_outputs(complete_run(), replay.run);
    replay.to_first = check_outputs(ruled.replays.front().run, replay.run);
    replay.outputs[0].ruled = true;
  }
  EXPECT_EQ(judge(complete_run(), ruled).verdict, Verdict::differs);
  // Always the same other content is no noise.
  request.replays = {with_result(0.4, 7), with_result(0.4, 7), with_result(0.4, 7)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::differs);
}

TEST(JudgeRepeats, NeedTheMetricInEachOfThem)
{
  JudgeRequest request;
  request.replays = {with_result(0.4), with_result(k_nan)};
  EXPECT_EQ(judged_request(complete_run(), request).verdict, Verdict::incomparable);
  request.replays[1].run.metrics.clear();
  const auto result = judged_request(complete_run(), request);
  EXPECT_EQ(result.verdict, Verdict::incomparable);
  EXPECT_THAT(result.reasons[0], HasSubstr("missing or NaN in one of the replays"));
}

}  // namespace
}  // namespace mlrepro::plan
