// SPDX-License-Identifier: Apache-2.0
// What becomes of a command when its runner dies, and that the guard is gone otherwise.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <system_error>

#include "posix/file_descriptor.hpp"
#include "posix/process_identity.hpp"
#include "support/runner_process.hpp"

namespace mlrepro {
namespace {

using posix::FileDescriptor;
using testing::content_of;
using testing::eventually;
using testing::RunnerProcess;

const std::string k_counting = "for i in $(seq 200); do echo o$i; echo e$i >&2; sleep 0.002; done";

std::string lines(const std::string& prefix)
{
  std::string text;
  for (int i = 1; i <= 200; ++i) {
    text += prefix + std::to_string(i) + "\n";
  }
  return text;
}

class LocalProcessRunnerGuard : public ::testing::Test {
 protected:
  FileDescriptor open_output(const std::string& name)
  {
    return posix::open_file(folder_ / name, O_WRONLY | O_CREAT | O_APPEND, 0600);
  }

  testing::ScratchFolder folder_;
};

TEST_F(LocalProcessRunnerGuard, LogsAndPassesOnWhenTheRunnerIsKilled)
{
  const auto out = open_output("out");
  const auto err = open_output("err");
  RunnerProcess runner(testing::script_request(k_counting + "; echo done > finished", folder_),
                       out.get(), err.get());
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "out").size() > 100; }));
  ::kill(runner.pid(), SIGKILL);
  EXPECT_FALSE(runner.wait().result);
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "finished") == "done\n"; }));
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "stderr.log") == lines("e"); }));
  EXPECT_EQ(content_of(folder_ / "stdout.log"), lines("o"));
  EXPECT_EQ(content_of(folder_ / "out"), lines("o"));
  EXPECT_EQ(content_of(folder_ / "err"), lines("e"));
  std::istringstream index(content_of(folder_ / "index.log"));
  std::size_t total = 0;
  int ms = 0;
  int stream = 0;
  for (std::size_t bytes = 0; index >> ms >> stream >> bytes;) {
    total += bytes;
  }
  EXPECT_EQ(total, lines("o").size() + lines("e").size());
}

TEST_F(LocalProcessRunnerGuard, LogsOnWhenTheRunnerIsKilledAndTheReaderLeaves)
{
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  RunnerProcess runner(testing::script_request(k_counting + "; echo done > finished", folder_),
                       write_end.get(), write_end.get());
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "stdout.log").size() > 100; }));
  ::kill(runner.pid(), SIGKILL);
  runner.wait();
  write_end.reset();
  read_end.reset();
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "finished") == "done\n"; }));
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "stderr.log") == lines("e"); }));
  EXPECT_EQ(content_of(folder_ / "stdout.log"), lines("o"));
}

// Killed at many moments, the start included: whatever the command wrote is in the log.
TEST_F(LocalProcessRunnerGuard, LosesNothingWheneverTheRunnerIsKilled)
{
  for (int delay_us = 0; delay_us < 20'000; delay_us += 997) {
    const testing::ScratchFolder folder;
    RunnerProcess runner(
        testing::script_request("echo started > started; for i in 1 2 3 4 5 6 7 8; do echo $i >&2;"
                                " echo $i >> truth; sleep 0.001; done; echo done > finished",
                                folder),
        -1, open_output("err").get());
    ASSERT_GT(runner.command_pid(), 0);
    ::usleep(static_cast<unsigned>(delay_us));
    ::kill(runner.pid(), SIGKILL);
    runner.wait();
    ASSERT_TRUE(eventually([&] { return content_of(folder / "finished") == "done\n"; }))
        << delay_us;
    const std::string truth = content_of(folder / "truth");
    EXPECT_TRUE(eventually([&] { return content_of(folder / "stderr.log") == truth; })) << delay_us;
  }
}

TEST_F(LocalProcessRunnerGuard, IsGoneWhenTheRunIsOver)
{
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  RunnerProcess runner(testing::script_request("echo x; sleep 1; true", folder_), write_end.get(),
                       -1);
  write_end.reset();
  ASSERT_GT(runner.command_pid(), 0);
  EXPECT_TRUE(eventually([&] {  // the guard, bash, sleep
    return posix::descendants_of(runner.pid()).size() == 3;
  }));
  runner.wait();
  std::array<char, 10> buffer{};
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  EXPECT_EQ(::read(read_end.get(), buffer.data(), buffer.size()), 2);
  EXPECT_EQ(::read(read_end.get(), buffer.data(), buffer.size()), 0) << "somebody still holds it";
}

TEST_F(LocalProcessRunnerGuard, HoldsNoDescriptorOfOthers)
{
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  FileDescriptor read_end(ends[0]);
  const FileDescriptor write_end(ends[1]);
  // The command leaves its input at once; then nobody is to read it.
  RunnerProcess runner(testing::script_request("exec sleep 60 < /dev/null", folder_), -1, -1,
                       [&] { ::dup2(read_end.get(), STDIN_FILENO); });
  const pid_t command = runner.command_pid();
  for (const pid_t pid : posix::descendants_of(runner.pid())) {
    std::error_code error;
    const std::filesystem::path process = "/proc/" + std::to_string(pid);
    if (pid != command) {
      EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(process / "fd/0", error); }));
      EXPECT_TRUE(
          eventually([&] { return std::filesystem::read_symlink(process / "cwd", error) == "/"; }));
    }
  }
  ::kill(command, SIGKILL);
  runner.wait();
}

TEST_F(LocalProcessRunnerGuard, SurvivesASignalForTheWholeGroup)
{
  RunnerProcess runner(
      testing::script_request("trap 'echo got >> got' TERM; echo ready;"
                              " while [ ! -e stop ]; do sleep 0.01; done; echo end",
                              folder_),
      open_output("out").get(), -1);
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "stdout.log") == "ready\n"; }));
  ::kill(-runner.pid(), SIGTERM);
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "got") == "got\n"; }));
  ::kill(runner.pid(), SIGKILL);
  runner.wait();
  folder_.add_program("stop", "");
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "stdout.log") == "ready\nend\n"; }));
}

}  // namespace
}  // namespace mlrepro
