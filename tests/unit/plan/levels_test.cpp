// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/levels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace mlrepro::plan {
namespace {

using model::Level;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A run whose record holds everything.
model::Run run_of_a_commit()
{
  model::Run run;
  run.command = {"python", "train.py"};
  run.exit_code = 0;
  run.code.in_git = true;
  run.code.digest = model::Digest();
  run.inputs = {{"data", model::Digest(), model::Digest(), 1, 1, true, false}};
  run.environment.emplace();
  run.environment->interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  run.metrics["rmse"].add({0.4, 0, {}});
  return run;
}

struct LevelsCase {
  std::function<void(model::Run&)> change;
  Level level;
  std::string missing;
};

void expect_levels(const std::vector<LevelsCase>& cases)
{
  for (const LevelsCase& item : cases) {
    model::Run run = run_of_a_commit();
    item.change(run);
    const RecordedLevel recorded = recorded_level(run);
    EXPECT_EQ(model::to_string(recorded.level), model::to_string(item.level)) << item.missing;
    ASSERT_FALSE(recorded.missing.empty()) << item.missing;
    EXPECT_THAT(recorded.missing[0], HasSubstr(item.missing));
  }
}

TEST(RecordedLevel, IsTheHighestForACompleteRecord)
{
  EXPECT_EQ(recorded_level(run_of_a_commit()).level, Level::evaluation);
  EXPECT_THAT(recorded_level(run_of_a_commit()).missing, IsEmpty());
}

TEST(RecordedLevel, NeedsTheCodeFirst)
{
  expect_levels({
      {[](model::Run& run) { run.command.clear(); }, Level::none, "code: no command"},
      {[](model::Run& run) { run.code.digest.reset(); }, Level::none,
       "code: the working tree was not captured"},
      {[](model::Run& run) { run.code = {}; }, Level::none, "code: not a Git repository"},
      {[](model::Run& run) {
         run.code.omitted = {{"big.bin", "too large"}};
       },
       Level::none, "'big.bin' was not stored: too large"},
      {[](model::Run& run) { run.exit_code = 1; }, Level::none, "did not end with exit code 0"},
      {[](model::Run& run) { run.exit_code.reset(); }, Level::none, "did not end with exit code 0"},
      {[](model::Run& run) { run.status = model::RunStatus::lost; }, Level::none,
       "how the command ended is not known"},
  });
}

TEST(RecordedLevel, StopsAtTheFirstThingMissing)
{
  expect_levels({
      {[](model::Run& run) { run.keep = Level::code; }, Level::code,
       "configuration: left out by --level code"},
      {[](model::Run& run) { run.command.emplace_back("--token=***"); }, Level::code,
       "configuration: the command line held a secret"},
      {[](model::Run& run) { run.inputs.clear(); }, Level::configuration,
       "data: no input is declared"},
      {[](model::Run& run) { run.inputs[0].snapshot.reset(); }, Level::configuration,
       "data: input 'data' was not there"},
      {[](model::Run& run) { run.inputs[0].stored = false; }, Level::configuration,
       "its content is not stored"},
      {[](model::Run& run) { run.inputs[0].changed_during_run = true; }, Level::configuration,
       "changed during the run"},
      {[](model::Run& run) { run.environment.reset(); }, Level::data,
       "environment: the environment was not recorded"},
      {[](model::Run& run) { run.environment->interpreter.reset(); }, Level::data,
       "no interpreter"},
      {[](model::Run& run) { run.environment->interpreter->version.clear(); }, Level::data,
       "version is not known"},
      {[](model::Run& run) { run.keep = Level::data; }, Level::data,
       "environment: left out by --level data"},
      {[](model::Run& run) { run.metrics.clear(); }, Level::environment,
       "evaluation: no metric and no output"},
      {[](model::Run& run) { run.metrics["rmse"].added_later = true; }, Level::environment,
       "evaluation"},
  });
}

TEST(RecordedLevel, TakesNoUseOfTheMachineForAnEvaluation)
{
  expect_levels({{[](model::Run& run) {
                    run.metrics.clear();
                    run.metrics["system/cpu_percent"].add({90, 0, {}});
                  },
                  Level::environment, "no metric and no output"}});
}

TEST(RecordedLevel, TakesAnOutputForAnEvaluation)
{
  model::Run run = run_of_a_commit();
  run.metrics.clear();
  run.outputs = {{"model.pkl", model::Digest(), model::Digest(), 1, 1, true, false}};
  EXPECT_EQ(recorded_level(run).level, Level::evaluation);
  run.outputs[0].snapshot.reset();
  EXPECT_EQ(recorded_level(run).level, Level::environment);
}

TEST(RecordedLevel, DoesNotTakeStarsOfAPatternForASecret)
{
  model::Run run = run_of_a_commit();
  run.command.emplace_back("data/***");
  EXPECT_EQ(recorded_level(run).level, Level::evaluation);
}

TEST(RecordedLevel, ListsEveryLevelThatIsMissing)
{
  EXPECT_EQ(recorded_level(model::Run()).missing.size(), 4U);
  EXPECT_EQ(recorded_level(model::Run()).level, Level::none);
}

}  // namespace
}  // namespace mlrepro::plan
