// SPDX-License-Identifier: Apache-2.0
// What the real runner does with a command's output where there is no terminal.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "posix/file_descriptor.hpp"
#include "support/runner_process.hpp"

namespace mlrepro {
namespace {

using posix::FileDescriptor;
using ::testing::Contains;
using testing::content_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RunnerProcess;

struct Pipe {
  Pipe()
  {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read_end = FileDescriptor(ends[0]);
    write_end = FileDescriptor(ends[1]);
  }
  FileDescriptor read_end;
  FileDescriptor write_end;
};

std::string read_to_end(int fd)
{
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size <= 0) {
      return text;
    }
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

double seconds_of(const std::function<void()>& action)
{
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class LocalProcessRunnerOutput : public ::testing::Test {
 protected:
  FileDescriptor open_output(const std::string& name)
  {
    return posix::open_file(folder_ / name, O_WRONLY | O_CREAT | O_APPEND, 0600);
  }
  testing::RunReport run_to_files(const ports::ProcessRequest& request)
  {
    const auto out = open_output("out");
    const auto err = open_output("err");
    return RunnerProcess(request, out.get(), err.get()).wait();
  }
  ports::ProcessRequest request(const std::string& script)
  {
    return testing::script_request(script, folder_);
  }

  testing::ScratchFolder folder_;
};

TEST_F(LocalProcessRunnerOutput, PassesOddBytesOnAndLogsThem)
{
  const auto report = run_to_files(request("printf 'a\\0b\\r\\xff\\n no end'; printf '\\0' >&2"));
  EXPECT_EQ(report.result->exit_code, 0);
  const std::string expected("a\0b\r\xff\n no end", 13);
  EXPECT_EQ(content_of(folder_ / "out"), expected);
  EXPECT_EQ(content_of(folder_ / "stdout.log"), expected);
  EXPECT_EQ(content_of(folder_ / "err"), std::string(1, '\0'));
  EXPECT_EQ(content_of(folder_ / "stderr.log"), std::string(1, '\0'));
}

TEST_F(LocalProcessRunnerOutput, PassesNothingOnAsNothing)
{
  const auto report = run_to_files(request("true"));
  EXPECT_EQ(report.result->exit_code, 0);
  EXPECT_THAT(report.result->problems, ElementsAre());
  for (const char* name : {"out", "err", "stdout.log", "stderr.log", "index.log"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / name)) << name;
    EXPECT_EQ(content_of(folder_ / name), "") << name;
  }
}

TEST_F(LocalProcessRunnerOutput, PassesBurstsOnBothStreamsOnWhole)
{
  const auto report = run_to_files(request(
      "head -c 5000000 /dev/zero | tr '\\0' o & head -c 3000001 /dev/zero | tr '\\0' e >&2; wait"));
  EXPECT_EQ(report.result->exit_code, 0);
  EXPECT_EQ(content_of(folder_ / "out"), std::string(5'000'000, 'o'));
  EXPECT_EQ(content_of(folder_ / "err"), std::string(3'000'001, 'e'));
  EXPECT_EQ(content_of(folder_ / "stdout.log"), content_of(folder_ / "out"));
  EXPECT_EQ(content_of(folder_ / "stderr.log"), content_of(folder_ / "err"));
  std::istringstream index(content_of(folder_ / "index.log"));
  std::size_t total = 0;
  std::uint64_t ms = 0;
  int stream = 0;
  for (std::size_t bytes = 0; index >> ms >> stream >> bytes;) {
    total += bytes;
  }
  EXPECT_EQ(total, 8'000'001U);
}

TEST_F(LocalProcessRunnerOutput, KeepsTheOrderOfWritesThatAreApart)
{
  const auto both = open_output("both");
  RunnerProcess(request("seen() { sleep 0.03; until grep -q $1 both; do sleep 0.01; done; }\n"
                        "for i in 1 2 3; do printf o$i; seen o$i; printf e$i >&2; seen e$i; done"),
                both.get(), both.get())
      .wait();
  EXPECT_EQ(content_of(folder_ / "both"), "o1e1o2e2o3e3");
  std::istringstream index(content_of(folder_ / "index.log"));
  const std::vector<std::string> words{std::istream_iterator<std::string>(index), {}};
  ASSERT_EQ(words.size(), 18U);
  EXPECT_EQ(words[1], "1");
  EXPECT_EQ(words[4], "2");
  EXPECT_GE(std::stoi(words[15]), 100);
}

TEST_F(LocalProcessRunnerOutput, HoldsNothingBack)
{
  Pipe pipe;
  RunnerProcess runner(request("printf 'no line end'; sleep 60"), pipe.write_end.get(), -1);
  std::array<char, 100> buffer{};
  const double waited =
      seconds_of([&] { EXPECT_EQ(::read(pipe.read_end.get(), buffer.data(), buffer.size()), 11); });
  EXPECT_LT(waited, 50.0);
  ::kill(runner.command_pid(), SIGKILL);
  runner.wait();
}

TEST_F(LocalProcessRunnerOutput, LeavesOurDescriptorBlocking)
{
  Pipe pipe;
  RunnerProcess(request("echo x"), pipe.write_end.get(), -1).wait();
  EXPECT_EQ(::fcntl(pipe.write_end.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(LocalProcessRunnerOutput, WaitsForASlowReaderAndStillPassesSignalsOn)
{
  Pipe pipe;
  RunnerProcess runner(request("trap 'echo got it > trapped; exit 9' TERM\n"
                               "head -c 1000000 /dev/zero & wait; sleep 60 & wait"),
                       pipe.write_end.get(), -1);
  const pid_t command = runner.command_pid();
  ASSERT_GT(command, 0);
  ASSERT_TRUE(testing::eventually([&] { return !content_of(folder_ / "stdout.log").empty(); }));
  ::usleep(300'000);  // everybody is stuck by now
  EXPECT_LT(std::filesystem::file_size(folder_ / "stdout.log"), 500'000U);
  ::kill(runner.pid(), SIGTERM);
  EXPECT_TRUE(testing::eventually([&] { return content_of(folder_ / "trapped") == "got it\n"; }));
  pipe.write_end.reset();
  EXPECT_EQ(read_to_end(pipe.read_end.get()), std::string(1'000'000, '\0'));
  EXPECT_EQ(runner.wait().result->exit_code, 9);
}

TEST_F(LocalProcessRunnerOutput, LetsTheCommandLearnThatItsReaderLeft)
{
  Pipe pipe;
  RunnerProcess runner(request("exec yes"), pipe.write_end.get(), -1);
  std::array<char, 2> buffer{};
  EXPECT_EQ(::read(pipe.read_end.get(), buffer.data(), 2), 2);
  pipe.write_end.reset();
  pipe.read_end.reset();
  const auto report = runner.wait();
  EXPECT_EQ(report.result->signal, SIGPIPE);
  EXPECT_THAT(report.result->problems, ElementsAre());
  EXPECT_THAT(content_of(folder_ / "stdout.log"), ::testing::StartsWith("y\ny\n"));
}

TEST_F(LocalProcessRunnerOutput, LetsItsFirstWriteFailAfterTheReaderLeft)
{
  Pipe pipe;
  RunnerProcess runner(request("trap '' PIPE; read < go; echo late; echo status $? >&2"),
                       pipe.write_end.get(), open_output("err").get(),
                       [this] { ::mkfifo((folder_ / "go").c_str(), 0600); });
  ASSERT_GT(runner.command_pid(), 0);
  pipe.write_end.reset();
  pipe.read_end.reset();
  ::usleep(300'000);
  std::ofstream(folder_ / "go") << "go\n";
  EXPECT_EQ(runner.wait().result->exit_code, 0);
  EXPECT_THAT(content_of(folder_ / "err"), HasSubstr("status 1\n"));
  EXPECT_EQ(content_of(folder_ / "stderr.log"), content_of(folder_ / "err"));
}

TEST_F(LocalProcessRunnerOutput, WritesToSockets)
{
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const FileDescriptor ours(ends[0]);
  FileDescriptor theirs(ends[1]);
  RunnerProcess runner(request("head -c 700000 /dev/zero; exit 4"), theirs.get(), theirs.get());
  theirs.reset();
  EXPECT_EQ(read_to_end(ours.get()).size(), 700'000U);
  EXPECT_EQ(runner.wait().result->exit_code, 4);
}

TEST_F(LocalProcessRunnerOutput, LeavesClosedDescriptorsClosed)
{
  const auto report =
      RunnerProcess(request("[ -e /proc/$$/fd/1 ] && exit 1; [ -e /proc/$$/fd/2 ] && exit 2;"
                            " [ -e /proc/$$/fd/0 ] && exit 3; exit 4"),
                    -1, -1, [] { ::close(STDIN_FILENO); })
          .wait();
  EXPECT_EQ(report.error, "");
  EXPECT_EQ(report.result->exit_code, 4);
}

TEST_F(LocalProcessRunnerOutput, KeepsOurDescriptorsWithoutLogs)
{
  auto bare = request("[ /proc/$$/fd/1 -ef out ] && echo same");
  bare.logs.reset();
  EXPECT_EQ(run_to_files(bare).result->exit_code, 0);
  EXPECT_EQ(content_of(folder_ / "out"), "same\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "stdout.log"));
}

TEST_F(LocalProcessRunnerOutput, LogsOnlyWhenAskedTo)
{
  auto quiet = request("echo out; echo err >&2");
  quiet.discard_output = true;
  EXPECT_EQ(run_to_files(quiet).result->exit_code, 0);
  EXPECT_EQ(content_of(folder_ / "out"), "");
  EXPECT_EQ(content_of(folder_ / "err"), "");
  EXPECT_EQ(content_of(folder_ / "stdout.log"), "out\n");
  EXPECT_EQ(content_of(folder_ / "stderr.log"), "err\n");
}

TEST_F(LocalProcessRunnerOutput, PassesStandardInputThrough)
{
  Pipe input;
  const auto out = open_output("out");
  RunnerProcess runner(request("read line; echo \"<$line>\"; cat"), out.get(), -1,
                       [&] { ::dup2(input.read_end.get(), STDIN_FILENO); });
  posix::write_fully(input.write_end.get(), "first\nthe rest", "input");
  input.write_end.reset();
  EXPECT_EQ(runner.wait().result->exit_code, 0);
  EXPECT_EQ(content_of(folder_ / "out"), "<first>\nthe rest");
}

TEST_F(LocalProcessRunnerOutput, DoesNotWaitForBackgroundProcesses)
{
  const auto report = run_to_files(
      request("echo now; (while [ ! -e go ]; do sleep 0.01; done; echo later) & exit 3"));
  EXPECT_EQ(report.result->exit_code, 3);
  folder_.add_program("go", "");
  // Passed on all the same, but no part of the run.
  EXPECT_TRUE(testing::eventually([&] { return content_of(folder_ / "out") == "now\nlater\n"; }));
  EXPECT_EQ(content_of(folder_ / "stdout.log"), "now\n");
}

TEST_F(LocalProcessRunnerOutput, DoesNotWaitForABackgroundProcessThatNeverStopsWriting)
{
  testing::RunReport report;
  const double waited = seconds_of([&] {
    report =
        run_to_files(request("(echo $BASHPID > bg.pid; while :; do echo x; sleep 0.01; done) &"
                             " while [ ! -s bg.pid ]; do :; done; exit 6"));
  });
  ::kill(std::stoi(content_of(folder_ / "bg.pid")), SIGKILL);
  EXPECT_EQ(report.result->exit_code, 6);
  EXPECT_LT(waited, 60.0);
}

TEST_F(LocalProcessRunnerOutput, RunsOnWhenALogCanNotBeOpened)
{
  auto command = request("echo fine");
  command.logs->stdout_path = folder_ / "no/such/folder";
  const auto report = run_to_files(command);
  EXPECT_EQ(report.result->exit_code, 0);
  EXPECT_EQ(content_of(folder_ / "out"), "fine\n");
  EXPECT_THAT(report.result->problems, ElementsAre(HasSubstr("no/such/folder")));
}

TEST_F(LocalProcessRunnerOutput, RunsOnWhenTheDiskIsFull)
{
  auto command = request("for i in 1 2 3; do echo x$i; sleep 0.02; done; echo e >&2");
  command.logs->stdout_path = "/dev/full";
  const auto report = run_to_files(command);
  EXPECT_EQ(report.result->exit_code, 0);
  EXPECT_EQ(content_of(folder_ / "out"), "x1\nx2\nx3\n");
  EXPECT_EQ(content_of(folder_ / "stderr.log"), "e\n");
  EXPECT_THAT(report.result->problems, ElementsAre("log stdout: No space left on device"));
}

TEST_F(LocalProcessRunnerOutput, FillsASmallDiskWithoutDisturbingTheCommand)
{
  std::filesystem::create_directory(folder_ / "small");
  if (::mount("tmpfs", (folder_ / "small").c_str(), "tmpfs", 0, "size=128k") != 0) {
    GTEST_SKIP() << "needs the right to mount";
  }
  auto command = request("head -c 1000000 /dev/zero | tr '\\0' x; exit 8");
  command.logs = {folder_ / "small/o", folder_ / "small/e", folder_ / "small/i"};
  const auto report = run_to_files(command);
  const auto logged = std::filesystem::file_size(folder_ / "small/o");
  ::umount2((folder_ / "small").c_str(), MNT_DETACH);
  EXPECT_EQ(report.result->exit_code, 8);
  EXPECT_EQ(content_of(folder_ / "out"), std::string(1'000'000, 'x'));
  EXPECT_GT(logged, 60'000U);
  EXPECT_LE(logged, 131'072U);
  EXPECT_THAT(report.result->problems, Contains("log stdout: No space left on device"));
}

TEST_F(LocalProcessRunnerOutput, SaysWhenOurOwnOutputIsFull)
{
  const auto full = posix::open_file("/dev/full", O_WRONLY);
  const auto report = RunnerProcess(request("exec yes"), full.get(), -1).wait();
  EXPECT_EQ(report.result->signal, SIGPIPE);
  EXPECT_THAT(report.result->problems, ElementsAre("pass on stdout: No space left on device"));
}

}  // namespace
}  // namespace mlrepro
