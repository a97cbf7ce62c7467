// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sweep_progress.hpp"

#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

using model::RunStatus;

model::Run make_run(std::uint64_t item, RunStatus status, std::int64_t started = 0)
{
  model::Run run;
  run.id = model::RunId::from_bytes(
      {static_cast<std::uint8_t>(item), static_cast<std::uint8_t>(started)});
  run.sweep_item = item;
  run.status = status;
  run.started_at = {started};
  return run;
}

TEST(SweepProgress, TellsWhoFailedFromWhoWasInterrupted)
{
  model::Run run = make_run(1, RunStatus::failed);
  run.exit_code = 3;
  EXPECT_EQ(state_of(run), ItemState::failed);
  EXPECT_EQ(exit_code_of(run), 3);
  run.stopped_by = 2;
  EXPECT_EQ(state_of(run), ItemState::interrupted);
  run = make_run(1, RunStatus::killed);
  run.signal = 9;
  EXPECT_EQ(state_of(run), ItemState::failed);
  EXPECT_EQ(exit_code_of(run), 137);
  run.stopped_by = 15;
  EXPECT_EQ(state_of(run), ItemState::interrupted);
  EXPECT_EQ(state_of(make_run(1, RunStatus::lost)), ItemState::interrupted);
  EXPECT_EQ(exit_code_of(make_run(1, RunStatus::lost)), 1);
  run = make_run(1, RunStatus::finished);
  run.stopped_by = 2;  // and it finished all the same
  EXPECT_EQ(state_of(run), ItemState::finished);
  EXPECT_EQ(exit_code_of(run), 0);
}

TEST(SweepProgress, GoesByTheLastAttempt)
{
  model::Run replay = make_run(2, RunStatus::failed, 9);
  replay.sweep_item.reset();
  const std::vector<model::Run> runs = {
      make_run(2, RunStatus::failed, 1), make_run(2, RunStatus::finished, 5), replay,
      make_run(3, RunStatus::running, 2), make_run(9, RunStatus::finished, 1)};
  const auto items = sweep_progress(4, runs);
  ASSERT_EQ(items.size(), 4U);
  EXPECT_EQ(items[0].state, ItemState::waiting);
  EXPECT_EQ(items[0].attempts, 0U);
  EXPECT_EQ(items[1].state, ItemState::finished);
  EXPECT_EQ(items[1].attempts, 2U);
  EXPECT_EQ(items[1].run, runs[1].id);
  EXPECT_EQ(items[2].state, ItemState::running);
  EXPECT_EQ(items[3].state, ItemState::waiting);
}

}  // namespace
}  // namespace mlrepro::plan
