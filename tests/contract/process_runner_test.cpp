// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/process_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "posix/process_runner.hpp"
#include "support/runner_process.hpp"
#include "support/scripted_process_runner.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;

class RecordingObserver final : public ports::ProcessObserver {
 public:
  void before_start(const ports::ProcessIdentity& process) override
  {
    events.emplace_back("start");
    identity = process;
  }
  void on_sample(int pid) override
  {
    EXPECT_EQ(pid, identity.pid);
    events.emplace_back("sample");
  }
  void on_exit(const ports::ProcessResult& result) override
  {
    events.emplace_back("exit");
    at_exit = result;
  }

  std::vector<std::string> events;
  ports::ProcessIdentity identity;
  ports::ProcessResult at_exit;
};

struct RunnerKind {
  const char* name;
  // A runner whose next run behaves as the script in `request` does.
  std::function<std::unique_ptr<ports::ProcessRunner>(const testing::ScriptedRun&)> make;
};

class ProcessRunnerContract : public ::testing::TestWithParam<RunnerKind> {
 protected:
  ports::ProcessResult run(const std::string& script, const testing::ScriptedRun& equivalent)
  {
    ports::ProcessRequest request = testing::script_request(script, folder_);
    request.discard_output = true;
    return run(request, equivalent);
  }
  ports::ProcessResult run(const ports::ProcessRequest& request,
                           const testing::ScriptedRun& equivalent)
  {
    return GetParam().make(equivalent)->run(request, observer_);
  }

  testing::ScratchFolder folder_;
  RecordingObserver observer_;
};

TEST_P(ProcessRunnerContract, SaysWithWhichCodeTheCommandEnded)
{
  const auto result = run("exit 3", testing::exits_with(3));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_FALSE(result.signal);
  EXPECT_FALSE(result.start_error);
  EXPECT_EQ(observer_.at_exit.exit_code, 3);
  EXPECT_THAT(result.problems, ElementsAre());
}

TEST_P(ProcessRunnerContract, SaysWhichSignalEndedIt)
{
  const auto result = run("kill -9 $$", testing::killed_by(SIGKILL));
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_FALSE(result.exit_code);
  EXPECT_FALSE(result.stopped_by);
}

TEST_P(ProcessRunnerContract, TellsTheObserverInOrder)
{
  run("sleep 0.5", testing::exits_with(0));
  ASSERT_GE(observer_.events.size(), 3U);
  EXPECT_EQ(observer_.events.front(), "start");
  EXPECT_EQ(observer_.events[1], "sample");
  EXPECT_EQ(observer_.events.back(), "exit");
  EXPECT_GT(observer_.identity.pid, 0);
  EXPECT_GT(observer_.identity.start_ticks, 0U);
  EXPECT_THAT(observer_.identity.boot_id, Not(""));
}

TEST_P(ProcessRunnerContract, TellsTheObserverOfNothingAfterAFailedStart)
{
  ports::ProcessRequest request = testing::script_request("", folder_);
  request.argv = {"./no-such-program"};
  request.discard_output = true;
  const auto result = run(request, testing::fails_to_start(ENOENT));
  EXPECT_EQ(result.start_error, ENOENT);
  EXPECT_FALSE(result.exit_code);
  EXPECT_FALSE(result.signal);
  EXPECT_THAT(observer_.events, ElementsAre("start"));
}

TEST_P(ProcessRunnerContract, AppendsBothStreamsToTheirLogsAndCountsThemInTheIndex)
{
  testing::ScriptedRun equivalent = testing::exits_with(0, "out\r\n");
  equivalent.stderr_text = "error";
  const std::string script = "printf 'out\\r\\n'; printf error >&2";
  run(script, equivalent);
  run(script, equivalent);
  EXPECT_EQ(testing::content_of(folder_ / "stdout.log"), "out\r\nout\r\n");
  EXPECT_EQ(testing::content_of(folder_ / "stderr.log"), "errorerror");
  std::istringstream index(testing::content_of(folder_ / "index.log"));
  std::size_t counted[3] = {};
  std::uint64_t ms = 0;
  std::size_t stream = 0;
  std::size_t bytes = 0;
  while (index >> ms >> stream >> bytes) {
    ASSERT_TRUE(stream == 1 || stream == 2);
    counted[stream] += bytes;
  }
  EXPECT_TRUE(index.eof());
  EXPECT_EQ(counted[1], 10U);
  EXPECT_EQ(counted[2], 10U);
}

TEST_P(ProcessRunnerContract, FindsNoProgramThatIsNotThere)
{
  const auto runner = GetParam().make({});
  EXPECT_FALSE(runner->find_program("no-such-program-anywhere", folder_.path()));
}

TEST_P(ProcessRunnerContract, SaysWhyNothingCanBeTracedOrNothing)
{
  const auto obstacle = GetParam().make({})->find_trace_obstacle();
  EXPECT_NE(obstacle, "");
}

INSTANTIATE_TEST_SUITE_P(
    , ProcessRunnerContract,
    ::testing::Values(RunnerKind{"Local",
                                 [](const testing::ScriptedRun&) {
                                   return std::make_unique<posix::LocalProcessRunner>();
                                 }},
                      RunnerKind{"Scripted",
                                 [](const testing::ScriptedRun& run) {
                                   auto runner = std::make_unique<testing::ScriptedProcessRunner>();
                                   runner->add(run);
                                   return runner;
                                 }}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace mlrepro
