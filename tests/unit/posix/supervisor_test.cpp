// SPDX-License-Identifier: Apache-2.0
#include "posix/supervisor.hpp"

#include <gtest/gtest.h>

namespace mlrepro::posix {
namespace {

constexpr ReceivedSignal k_key{SIGINT, true, 0};
constexpr ReceivedSignal k_kill{SIGTERM, false, 123};

TEST(PlanForward, LeavesKeysToTheTerminal)
{
  EXPECT_EQ(plan_forward(k_key, true, false), Forward::nobody);
  EXPECT_EQ(plan_forward(k_key, false, false), Forward::nobody);
}

TEST(PlanForward, PassesOnTheHangUpThatOnlyASessionsLeaderGets)
{
  EXPECT_EQ(plan_forward({SIGHUP, true, 0}, false, false), Forward::command);
  EXPECT_EQ(plan_forward({SIGHUP, true, 0}, true, false), Forward::nobody);
}

TEST(PlanForward, PassesOnWhatWasMeantForUsAlone)
{
  EXPECT_EQ(plan_forward(k_kill, false, false), Forward::command);
  EXPECT_EQ(plan_forward(k_kill, false, true), Forward::command);
}

TEST(PlanForward, NeverDoublesWhatTheSharedGroupGot)
{
  EXPECT_EQ(plan_forward(k_kill, true, false), Forward::nobody);
}

TEST(PlanForward, ExtendsOurGroupByTheCommands)
{
  EXPECT_EQ(plan_forward(k_kill, true, true), Forward::group);
  EXPECT_EQ(plan_forward(k_key, false, true), Forward::group);
}

}  // namespace
}  // namespace mlrepro::posix
