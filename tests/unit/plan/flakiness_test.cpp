// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/flakiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

model::Run python_run()
{
  model::Run run;
  run.command = {"python", "train.py"};
  run.environment.emplace();
  run.environment->threads = 4;
  run.environment->interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
  return run;
}

TEST(LikelyCauses, AreWhatTheRecordLeavesOpen)
{
  model::Run run = python_run();
  run.inputs = {{"data", {}, {}, 7, 1, true, false}};
  EXPECT_THAT(likely_causes(run),
              ElementsAre(HasSubstr("no seed was found"), HasSubstr("PYTHONHASHSEED is not set"),
                          HasSubstr("input 'data' has 7 files"), HasSubstr("4 threads")));
}

TEST(LikelyCauses, LeaveOutWhatIsSet)
{
  model::Run run = python_run();
  run.command.emplace_back("--random-state=3");
  run.environment->variables = {{"PYTHONHASHSEED", "0"}, {"OMP_NUM_THREADS", "1"}};
  EXPECT_THAT(likely_causes(run), ElementsAre(HasSubstr("the clock")));
  run.command.pop_back();
  run.params = {{"model.Seed", {"1", "file:p.yaml"}}};
  EXPECT_THAT(likely_causes(run), ElementsAre(HasSubstr("the clock")));
  run.params.clear();
  run.seed = 3;
  run.environment->gpus = {"a GPU"};
  EXPECT_THAT(likely_causes(run), ElementsAre(HasSubstr("a GPU")));
  run.environment->variables["PYTHONHASHSEED"] = "random";
  EXPECT_THAT(likely_causes(run), ElementsAre(HasSubstr("PYTHONHASHSEED"), HasSubstr("a GPU")));
}

}  // namespace
}  // namespace mlrepro::plan
