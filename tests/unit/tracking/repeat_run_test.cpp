// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/repeat_run.hpp"

#include <gmock/gmock.h>

#include "support/use_case_world.hpp"

namespace mlrepro::tracking {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RepeatRun : public ::testing::Test {
 protected:
  RepeatRun()
  {
    request_.command = {"python3", "train.py"};
    request_.top = "/p";
    request_.cwd = "/p";
    request_.store = "/p/.mlrepro";
    request_.experiment = "p";
    request_.name = "noisy";
  }
  std::vector<RunOutcome> repeat(std::size_t times)
  {
    return repeat_command(
        world_.ports, request_, times,
        [this](std::size_t number, const RunOutcome&) { told_.push_back(number); });
  }

  testing::UseCaseWorld world_;
  RunRequest request_;
  std::vector<std::size_t> told_;
};

TEST_F(RepeatRun, RecordsEachUnderTheFirst)
{
  for (int i = 0; i < 3; ++i) {
    world_.processes.add(testing::exits_with(0));
  }
  const auto outcomes = repeat(3);
  ASSERT_THAT(outcomes, SizeIs(3));
  EXPECT_THAT(told_, ElementsAre(1, 2, 3));
  const model::Run& first = *outcomes[0].run;
  EXPECT_EQ(first.parent, std::nullopt);
  EXPECT_EQ(first.tags.at(k_repeat_tag), "1/3");
  EXPECT_EQ(outcomes[2].run->parent, first.id);
  EXPECT_EQ(outcomes[2].run->name, "noisy-3");
  EXPECT_EQ(outcomes[2].run->tags.at(k_repeat_tag), "3/3");
  EXPECT_THAT(repeats_of(world_.runs, first), SizeIs(2));
  const auto others = repeats_of(world_.runs, *outcomes[1].run);
  ASSERT_THAT(others, SizeIs(2));
  EXPECT_EQ(others[0].id, first.id);
}

TEST_F(RepeatRun, EndsWithTheFirstThatFails)
{
  world_.processes.add(testing::exits_with(0));
  world_.processes.add(testing::exits_with(3));
  const auto outcomes = repeat(5);
  EXPECT_THAT(outcomes, SizeIs(2));
  EXPECT_THAT(repeats_of(world_.runs, *outcomes[0].run), IsEmpty());
}

TEST_F(RepeatRun, CountsOnlyWhatHadTheSameCode)
{
  auto changes = testing::exits_with(0);
  changes.action = [this](const ports::ProcessRequest&) {
    world_.add_code("notes.txt", "written by the command\n");
  };
  world_.processes.add(changes);
  world_.processes.add(testing::exits_with(0));
  world_.processes.add(testing::exits_with(0));
  const auto outcomes = repeat(3);
  EXPECT_THAT(repeats_of(world_.runs, *outcomes[0].run), IsEmpty());
  EXPECT_THAT(repeats_of(world_.runs, *outcomes[1].run), SizeIs(1));
}

TEST_F(RepeatRun, AreNotReplaysOrOtherChildren)
{
  world_.processes.add(testing::exits_with(0));
  request_.tags = {{"a", "b"}};
  const model::Run lone = *run_command(world_.ports, request_).run;
  EXPECT_THAT(repeats_of(world_.runs, lone), IsEmpty());
}

}  // namespace
}  // namespace mlrepro::tracking
