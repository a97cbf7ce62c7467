// SPDX-License-Identifier: Apache-2.0
// A command of the real runner in front of a person: size, keys, job control, what is logged.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "posix/file_descriptor.hpp"
#include "support/pty_session.hpp"
#include "support/runner_process.hpp"

namespace mlrepro {
namespace {

using testing::content_of;
using testing::eventually;
using ::testing::HasSubstr;
using testing::PtySession;

class LocalProcessRunnerTerminal : public ::testing::Test {
 protected:
  // What the session's process does: runs the script and writes the report to a file.
  std::function<void()> running(const std::string& script)
  {
    return [this, script] {
      const auto report = posix::open_file(folder_ / "report", O_WRONLY | O_CREAT | O_TRUNC, 0600);
      testing::run_and_report(testing::script_request(script, folder_), report.get());
    };
  }
  testing::RunReport report() { return testing::parse_report(content_of(folder_ / "report")); }
  std::string log() { return content_of(folder_ / "stdout.log"); }

  testing::ScratchFolder folder_;
};

TEST_F(LocalProcessRunnerTerminal, GivesTheCommandATerminalOfTheSameSize)
{
  PtySession session(running("[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty size <&1 && stty size <&2"),
                     33, 77);
  session.wait();
  EXPECT_EQ(session.screen(), "33 77\r\n33 77\r\n");
  EXPECT_EQ(log(), "33 77\n33 77\n");
  EXPECT_EQ(report().result->exit_code, 0);
  EXPECT_EQ(report().result->problems.size(), 0U);
}

TEST_F(LocalProcessRunnerTerminal, LogsWhatWasWrittenAndKeepsTheStreamsApart)
{
  PtySession session(running("printf 'a\\r50%%\\r\\n\\033[1mb\\n\\tc'; printf 'e\\n' >&2"), 24, 80);
  session.wait();
  EXPECT_EQ(log(), "a\r50%\r\n\033[1mb\n\tc");
  EXPECT_EQ(content_of(folder_ / "stderr.log"), "e\n");
  EXPECT_THAT(session.screen(), HasSubstr("a\r50%\r\r\n\033[1mb\r\n\tc"));
  EXPECT_THAT(session.screen(), HasSubstr("e\r\n"));
}

TEST_F(LocalProcessRunnerTerminal, PassesBurstsOnWhole)
{
  PtySession session(running("seq 100000"), 24, 80);
  session.wait();
  std::string expected;
  std::string shown;
  for (int i = 1; i <= 100'000; ++i) {
    expected += std::to_string(i) + "\n";
    shown += std::to_string(i) + "\r\n";
  }
  EXPECT_EQ(log(), expected);
  EXPECT_EQ(session.screen(), shown);
}

TEST_F(LocalProcessRunnerTerminal, PassesKeysToTheCommand)
{
  PtySession session(running("read -p 'name? ' name; echo \"hello $name\""), 24, 80);
  ASSERT_TRUE(session.wait_for("name? "));
  session.type("world\n");
  session.wait();
  EXPECT_THAT(session.screen(), HasSubstr("world\r\nhello world\r\n"));  // echoed once
  EXPECT_EQ(log(), "hello world\n");
}

TEST_F(LocalProcessRunnerTerminal, LeavesTheTerminalsModesAlone)
{
  PtySession session(
      [this] {
        termios before{};
        termios after{};
        ::tcgetattr(STDIN_FILENO, &before);
        running("exec sleep 0.05")();
        ::tcgetattr(STDIN_FILENO, &after);
        const bool same = before.c_lflag == after.c_lflag && before.c_oflag == after.c_oflag &&
                          before.c_iflag == after.c_iflag;
        posix::write_fully(STDOUT_FILENO, same ? "same\n" : "changed\n", "test");
      },
      24, 80);
  session.wait();
  EXPECT_EQ(session.screen(), "same\r\n");
}

TEST_F(LocalProcessRunnerTerminal, UsesAPipeForTheStreamThatIsNoTerminal)
{
  PtySession session(
      [this] {
        const auto err = posix::open_file(folder_ / "err", O_WRONLY | O_CREAT, 0600);
        ::dup2(err.get(), STDERR_FILENO);
        running("[ -t 1 ] && [ ! -t 2 ] && echo apart; echo e >&2")();
      },
      24, 80);
  session.wait();
  EXPECT_EQ(session.screen(), "apart\r\n");
  EXPECT_EQ(content_of(folder_ / "err"), "e\n");
}

const std::string k_until_stop =
    "echo ready; while [ ! -e stop ]; do sleep 0.01; done; echo end; exit 3";

TEST_F(LocalProcessRunnerTerminal, TellsTheCommandOfANewSize)
{
  // The size is asked for, not taken from the trap: dash now and then drops a signal that comes
  // while it ends a trap.
  PtySession session(
      running("trap 'echo told' WINCH; echo ready\n"
              "while [ ! -e stop ]; do now=$(stty size <&2)\n"
              "  [ \"$now\" = \"$old\" ] || echo \"size $now\"; old=$now; sleep 0.01; done"),
      24, 80);
  ASSERT_TRUE(session.wait_for("size 24 80"));
  session.resize(50, 120);
  EXPECT_TRUE(session.wait_for("size 50 120")) << session.screen();
  EXPECT_TRUE(session.wait_for("told")) << session.screen();
  session.resize(10, 20);
  EXPECT_TRUE(session.wait_for("size 10 20")) << session.screen();
  folder_.add_program("stop", "");
  session.wait();
}

TEST_F(LocalProcessRunnerTerminal, LetsCtrlCReachTheCommandOnce)
{
  PtySession session(running("trap 'echo got it' INT\n" + k_until_stop), 24, 80);
  ASSERT_TRUE(session.wait_for("ready"));
  session.type("\x03");
  ASSERT_TRUE(session.wait_for("got it"));
  ::usleep(100'000);
  folder_.add_program("stop", "");
  session.wait();
  EXPECT_EQ(log(), "ready\ngot it\nend\n");
  EXPECT_EQ(report().result->exit_code, 3);
  EXPECT_EQ(report().result->stopped_by, SIGINT);
}

TEST_F(LocalProcessRunnerTerminal, EndsTheCommandByCtrlCAndBackslash)
{
  for (const auto& [key, signal] : {std::pair{"\x03", SIGINT}, std::pair{"\x1c", SIGQUIT}}) {
    PtySession session(running("ulimit -c 0; exec sh -c 'echo ready; exec sleep 60'"), 24, 80);
    ASSERT_TRUE(session.wait_for("ready"));
    session.type(key);
    session.wait();
    EXPECT_EQ(report().result->signal, signal);
  }
}

TEST_F(LocalProcessRunnerTerminal, PassesSignalsOnOnceWhetherForUsOrForTheGroup)
{
  PtySession session(
      running("trap 'echo usr1' USR1; trap 'echo hup' HUP; trap 'echo term' TERM\n" + k_until_stop),
      24, 80);
  ASSERT_TRUE(session.wait_for("ready"));
  ::kill(session.pid(), SIGUSR1);
  ASSERT_TRUE(session.wait_for("usr1"));
  ::kill(-session.pid(), SIGHUP);
  ASSERT_TRUE(session.wait_for("hup"));
  ::kill(-session.pid(), SIGTERM);
  ASSERT_TRUE(session.wait_for("term"));
  ::kill(session.pid(), SIGUSR1);
  ASSERT_TRUE(eventually([&] { return log().find("term\nusr1") != std::string::npos; }));
  ::usleep(100'000);
  folder_.add_program("stop", "");
  session.wait();
  EXPECT_EQ(log(), "ready\nusr1\nhup\nterm\nusr1\nend\n");
}

// Plays the part of a shell: a job in the foreground that is stopped and continued.
void run_as_job(const std::function<void()>& body)
{
  ::signal(SIGTTOU, SIG_IGN);
  const pid_t job = ::fork();
  if (job == 0) {
    ::setpgid(0, 0);
    ::tcsetpgrp(STDIN_FILENO, ::getpid());
    ::signal(SIGTTOU, SIG_DFL);
    body();
    ::_exit(0);
  }
  ::setpgid(job, job);
  int status = 0;
  ::waitpid(job, &status, WUNTRACED);
  if (!WIFSTOPPED(status)) {
    return;
  }
  ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  posix::write_fully(STDOUT_FILENO, "stopped\n", "test");
  char key = 0;
  if (::read(STDIN_FILENO, &key, 1) == 1) {
    ::tcsetpgrp(STDIN_FILENO, job);
    ::kill(-job, SIGCONT);
    ::waitpid(job, &status, 0);
  }
}

TEST_F(LocalProcessRunnerTerminal, StopsAndContinuesWithItsJob)
{
  PtySession session([this] { run_as_job(running("echo $$ > command\n" + k_until_stop)); }, 24, 80);
  ASSERT_TRUE(session.wait_for("ready"));
  session.type("\x1a");
  ASSERT_TRUE(session.wait_for("stopped"));
  const std::string stat =
      "/proc/" + std::to_string(std::stoi(content_of(folder_ / "command"))) + "/stat";
  EXPECT_TRUE(eventually([&] { return content_of(stat).find(") T ") != std::string::npos; }));
  session.resize(40, 100);  // unseen by a stopped job
  session.type("\n");
  EXPECT_TRUE(eventually([&] { return content_of(stat).find(") T ") == std::string::npos; }));
  folder_.add_program("stop", "");
  session.wait();
  EXPECT_THAT(session.screen(), HasSubstr("end\r\n"));
  EXPECT_EQ(report().result->exit_code, 3);
}

TEST_F(LocalProcessRunnerTerminal, KeepsTheLogWhenTheRunnerIsKilled)
{
  PtySession session(
      [this] {  // the session goes on without the runner
        const pid_t runner = ::fork();
        if (runner == 0) {
          posix::write_fully(posix::open_file(folder_ / "runner", O_WRONLY | O_CREAT, 0600).get(),
                             std::to_string(::getpid()) + "\n", "test");
          running(k_until_stop)();
          ::_exit(0);
        }
        ::waitpid(runner, nullptr, 0);
        posix::write_fully(STDOUT_FILENO, "killed\n", "test");
        while (content_of(folder_ / "stdout.log").find("end") == std::string::npos) {
          ::usleep(10'000);
        }
        ::usleep(100'000);
      },
      24, 80);
  ASSERT_TRUE(session.wait_for("ready"));
  ::kill(std::stoi(content_of(folder_ / "runner")), SIGKILL);
  ASSERT_TRUE(session.wait_for("killed"));
  folder_.add_program("stop", "");
  EXPECT_TRUE(session.wait_for("end\r\n"));
  session.wait();
  EXPECT_EQ(log(), "ready\nend\n");
}

TEST_F(LocalProcessRunnerTerminal, EndsWithItsTerminal)
{
  auto session = std::make_unique<PtySession>(
      running("echo ready; while :; do echo more; sleep 0.01; done"), 24, 80);
  ASSERT_TRUE(session->wait_for("ready"));
  const pid_t runner = session->pid();
  session->hang_up();
  session->wait();
  EXPECT_FALSE(::kill(runner, 0) == 0);
  ASSERT_TRUE(report().result);
  EXPECT_EQ(report().result->signal, SIGHUP);
  EXPECT_EQ(report().result->stopped_by, SIGHUP);
}

}  // namespace
}  // namespace mlrepro
