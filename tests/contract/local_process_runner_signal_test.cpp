// SPDX-License-Identifier: Apache-2.0
// Which signals reach a command of the real runner where there is no terminal, and how it ends
// that is to end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "posix/file_descriptor.hpp"
#include "posix/process_identity.hpp"
#include "support/runner_process.hpp"

namespace mlrepro {
namespace {

using testing::content_of;
using testing::eventually;
using testing::RunnerProcess;

class LocalProcessRunnerSignal : public ::testing::Test {
 protected:
  ports::ProcessRequest request(const std::string& script)
  {
    auto request = testing::script_request(script, folder_);
    request.grace_s = 0.2;
    return request;
  }
  // Waits until the script has written the name of one of its processes.
  ports::ProcessIdentity process_in(const std::string& file)
  {
    EXPECT_TRUE(
        eventually([&] { return content_of(folder_ / file).find('\n') != std::string::npos; }));
    return posix::identity_of(std::stoi(content_of(folder_ / file)))
        .value_or(ports::ProcessIdentity{});
  }
  std::string log() { return content_of(folder_ / "stdout.log"); }
  bool logged(const std::string& text)
  {
    return eventually([&] { return log().find(text) != std::string::npos; });
  }

  testing::ScratchFolder folder_;
  posix::FileDescriptor null_ = posix::open_file("/dev/null", O_RDWR);
};

// Ends by itself when it is sent a signal it does not know.
const std::string k_wait_for_signals =
    "for s in TERM INT HUP QUIT USR1 USR2 CONT; do trap \"echo got $s\" $s; done\n"
    "echo ready; while [ ! -e stop ]; do sleep 0.01; done; exit 4";

TEST_F(LocalProcessRunnerSignal, PassesEachOneOnOnce)
{
  RunnerProcess runner(request(k_wait_for_signals), null_.get(), null_.get());
  ASSERT_TRUE(logged("ready"));
  std::string expected = "ready\n";
  const std::pair<int, const char*> signals[] = {
      {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}, {SIGHUP, "HUP"},  {SIGINT, "INT"},
      {SIGQUIT, "QUIT"}, {SIGCONT, "CONT"}, {SIGTERM, "TERM"}};
  for (const auto& [signal, name] : signals) {
    ::kill(runner.pid(), signal);
    expected += std::string("got ") + name + "\n";
    ASSERT_TRUE(logged(expected)) << log();
  }
  folder_.add_program("stop", "");
  const auto report = runner.wait();
  EXPECT_EQ(log(), expected);
  EXPECT_EQ(report.result->exit_code, 4);
  EXPECT_EQ(report.result->stopped_by, SIGTERM);
}

TEST_F(LocalProcessRunnerSignal, DoesNotTakeAReportForAStop)
{
  RunnerProcess runner(request(k_wait_for_signals), null_.get(), null_.get());
  ASSERT_TRUE(logged("ready"));
  ::kill(runner.pid(), SIGUSR1);
  ASSERT_TRUE(logged("got USR1"));
  folder_.add_program("stop", "");
  EXPECT_FALSE(runner.wait().result->stopped_by);
}

TEST_F(LocalProcessRunnerSignal, EndsTheCommandByIt)
{
  RunnerProcess runner(request("echo ready; exec sleep 60"), null_.get(), null_.get());
  ASSERT_TRUE(logged("ready"));
  ::kill(runner.pid(), SIGINT);
  const auto report = runner.wait();
  EXPECT_EQ(report.result->signal, SIGINT);
  EXPECT_EQ(report.result->stopped_by, SIGINT);
}

const std::string k_with_child =
    "trap 'echo parent' TERM\n"
    "(trap 'echo child; exit' TERM; echo $BASHPID > child; while :; do sleep 0.01; done) &\n"
    "while [ ! -s child ]; do sleep 0.01; done; echo ready\n"
    "while [ ! -e stop ]; do sleep 0.01; done; kill -9 $!";

TEST_F(LocalProcessRunnerSignal, SparesTheCommandsChildrenWhenMeantForOneProcess)
{
  RunnerProcess runner(request(k_with_child), null_.get(), null_.get());
  ASSERT_TRUE(logged("ready"));
  ::kill(runner.pid(), SIGTERM);
  ASSERT_TRUE(logged("parent"));
  ::usleep(100'000);
  EXPECT_EQ(log(), "ready\nparent\n");
  folder_.add_program("stop", "");
  runner.wait();
}

// As timeout(1) and the cancelling of a CI job do.
TEST_F(LocalProcessRunnerSignal, ReachesTheCommandsChildrenWhenMeantForTheGroup)
{
  RunnerProcess runner(request(k_with_child), null_.get(), null_.get());
  ASSERT_TRUE(logged("ready"));
  ::kill(-runner.pid(), SIGTERM);
  EXPECT_TRUE(logged("parent\n"));
  EXPECT_TRUE(logged("child\n"));
  folder_.add_program("stop", "");
  runner.wait();
}

// A deaf command with a deaf child in a session of its own.
const std::string k_deaf =
    "trap '' TERM INT; setsid bash -c 'echo $$ > child; exec sleep 60' &\n"
    "while [ ! -s child ]; do sleep 0.01; done; echo ready; while :; do sleep 1; done";

TEST_F(LocalProcessRunnerSignal, KillsTheTreeAfterASecondRequest)
{
  RunnerProcess runner(request(k_deaf), null_.get(), null_.get());
  ASSERT_TRUE(logged("ready"));
  const auto child = process_in("child");
  ::kill(runner.pid(), SIGTERM);
  ::usleep(2'000'000);
  EXPECT_TRUE(posix::is_alive(child));
  ::kill(runner.pid(), SIGINT);
  const auto report = runner.wait();
  EXPECT_EQ(report.result->signal, SIGKILL);
  EXPECT_FALSE(report.result->timed_out);
  EXPECT_TRUE(eventually([&] { return !posix::is_alive(child); }));
}

TEST_F(LocalProcessRunnerSignal, TakesABurstForOneRequest)
{
  RunnerProcess runner(request(k_wait_for_signals), null_.get(), null_.get());
  ASSERT_TRUE(logged("ready"));
  for (int repeat = 0; repeat < 4; ++repeat) {
    ::kill(runner.pid(), SIGTERM);
    ::usleep(10'000);
  }
  ::usleep(500'000);
  folder_.add_program("stop", "");
  EXPECT_EQ(runner.wait().result->exit_code, 4);
}

TEST_F(LocalProcessRunnerSignal, DoesNotEscalateWhatTheCommandWasStartedToIgnore)
{
  RunnerProcess runner(request("echo ready; while [ ! -e stop ]; do sleep 0.01; done; exit 4"),
                       null_.get(), null_.get(), [] { ::signal(SIGINT, SIG_IGN); });
  ASSERT_TRUE(logged("ready"));
  ::kill(runner.pid(), SIGINT);
  ::usleep(1'100'000);
  ::kill(runner.pid(), SIGINT);
  ::usleep(400'000);
  folder_.add_program("stop", "");
  EXPECT_EQ(runner.wait().result->exit_code, 4);
}

TEST_F(LocalProcessRunnerSignal, EndsTheTreeAtTheTimeout)
{
  auto command = request("(sleep 60 & echo $! > child; wait)");
  command.timeout_s = 1;
  RunnerProcess runner(command, null_.get(), null_.get());
  const auto child = process_in("child");
  const auto report = runner.wait();
  EXPECT_TRUE(report.result->timed_out);
  EXPECT_EQ(report.result->signal, SIGTERM);
  EXPECT_FALSE(report.result->stopped_by);
  EXPECT_TRUE(eventually([&] { return !posix::is_alive(child); }));
}

TEST_F(LocalProcessRunnerSignal, KillsTheTreeWhenTheGraceIsOver)
{
  auto command = request(k_deaf);
  command.timeout_s = 1.5;
  RunnerProcess runner(command, null_.get(), null_.get());
  const auto child = process_in("child");
  const auto report = runner.wait();
  EXPECT_TRUE(report.result->timed_out);
  EXPECT_EQ(report.result->signal, SIGKILL);
  EXPECT_TRUE(eventually([&] { return !posix::is_alive(child); }));
}

TEST_F(LocalProcessRunnerSignal, WakesAStoppedCommandAtTheTimeout)
{
  auto command = request("trap 'exit 7' TERM; kill -STOP $$; while :; do sleep 0.01; done");
  command.timeout_s = 1;
  command.grace_s = 60;
  const auto report = RunnerProcess(command, null_.get(), null_.get()).wait();
  EXPECT_TRUE(report.result->timed_out);
  EXPECT_EQ(report.result->exit_code, 7);
}

TEST_F(LocalProcessRunnerSignal, CutsNothingOffThatEndsInTime)
{
  auto command = request("sleep 0.05; exit 2");
  command.timeout_s = 1e300;
  const auto report = RunnerProcess(command, null_.get(), null_.get()).wait();
  EXPECT_FALSE(report.result->timed_out);
  EXPECT_EQ(report.result->exit_code, 2);
}

}  // namespace
}  // namespace mlrepro
