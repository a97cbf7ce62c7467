// SPDX-License-Identifier: Apache-2.0
// What the real runner writes down of a traced command, and that the command lives on whoever dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include "posix/process_identity.hpp"
#include "posix/process_runner.hpp"
#include "support/runner_process.hpp"

namespace mlrepro {
namespace {

using model::FileAccess;
using ::testing::Contains;
using testing::content_of;
using ::testing::ElementsAre;
using testing::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using testing::RunnerProcess;

std::string word_of(FileAccess::Kind kind)
{
  switch (kind) {
    case FileAccess::Kind::read:
      return "read";
    case FileAccess::Kind::execute:
      return "execute";
    case FileAccess::Kind::write:
      return "write";
    case FileAccess::Kind::link:
      return "link";
    case FileAccess::Kind::rename:
      return "rename";
    case FileAccess::Kind::exchange:
      return "exchange";
    case FileAccess::Kind::remove:
      return "remove";
    case FileAccess::Kind::connect:
      return "connect";
    case FileAccess::Kind::blind:
      return "blind";
  }
  return "?";
}

class LocalProcessRunnerTrace : public ::testing::Test {
 protected:
  void SetUp() override
  {
    if (const auto obstacle = posix::LocalProcessRunner().find_trace_obstacle()) {
      GTEST_SKIP() << *obstacle;
    }
    top_ = std::filesystem::canonical(folder_.path());
    folder_.add_program("a.csv", "1\n");
  }

  // Lines such as "read a.csv" of what is in the folder.
  ports::ProcessRequest request(const std::string& script)
  {
    ports::ProcessRequest request = testing::script_request(script, folder_);
    const std::string top = top_ + "/";
    request.trace = ports::TraceRequest{
        folder_ / "trace.log",
        [top](std::string_view path) {
          return path.starts_with(top) ? model::Sighting{model::Interest::inside, std::string(path)}
                                       : model::Sighting{};
        },
        [top](const FileAccess& access) {
          const auto name = [&](const std::string& path) {
            return path.starts_with(top) ? path.substr(top.size()) : path;
          };
          return word_of(access.kind) + " " + name(access.path) +
                 (access.to.empty() ? "" : " " + name(access.to)) + "\n";
        }};
    return request;
  }

  std::vector<std::string> trace() const
  {
    std::istringstream text(content_of(folder_ / "trace.log"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) {
      // Where names of users are cached, the C library asks for them there.
      if (line.find("/nscd/") == std::string::npos) {
        lines.push_back(line);
      }
    }
    return lines;
  }

  ports::ProcessResult run(const std::string& script)
  {
    RunnerProcess runner(request(script), -1, -1);
    const auto report = runner.wait();
    EXPECT_EQ(report.error, "");
    return report.result.value_or(ports::ProcessResult());
  }

  pid_t tracer_of(RunnerProcess& runner)
  {
    for (const pid_t pid : posix::descendants_of(runner.pid())) {
      if (content_of("/proc/" + std::to_string(pid) + "/comm") == "mlrepro-trace\n") {
        return pid;
      }
    }
    return -1;
  }

  testing::ScratchFolder folder_;
  std::string top_;
};

TEST_F(LocalProcessRunnerTrace, WritesDownWhatIsReadAndWritten)
{
  const auto result = run("cat a.csv > b.csv; cat a.csv b.csv > /dev/null; cat no-such-file");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.untraced, IsEmpty());
  EXPECT_THAT(trace(), ElementsAre("write b.csv", "read a.csv"));
  EXPECT_EQ(content_of(folder_ / "b.csv"), "1\n");
}

TEST_F(LocalProcessRunnerTrace, SeesRelativePathsFromWhereTheProcessIs)
{
  run("mkdir -p d/e; cd d/e; cat ../../a.csv > x; (cd ..; cat e/x > y); ln -s ../a.csv l; cat l");
  EXPECT_THAT(trace(), IsSupersetOf({"read a.csv", "write d/e/x", "write d/y", "link d/e/l"}));
}

TEST_F(LocalProcessRunnerTrace, SeesRenamesAndRemovals)
{
  run("echo x > t; mv t f; rm f; mkdir d; echo y > d/a; mv d e; ln a.csv hard; rm -r e");
  EXPECT_THAT(trace(), IsSupersetOf({"write t", "rename t f", "remove f", "write d/a", "rename d e",
                                     "write hard", "remove e/a"}));
}

TEST_F(LocalProcessRunnerTrace, SeesPrograms)
{
  folder_.add_program("step.sh", "#!/bin/sh\ncat a.csv > out\n");
  run("./step.sh | cat");
  EXPECT_THAT(trace(), IsSupersetOf({"execute step.sh", "read a.csv", "write out"}));
}

TEST_F(LocalProcessRunnerTrace, FoldersAndFailuresAreNothing)
{
  run("ls . > /dev/null; ls nothing; cat nothing; [ -e a.csv ]; stat a.csv > /dev/null");
  EXPECT_THAT(trace(), IsEmpty());
}

TEST_F(LocalProcessRunnerTrace, TheEndOfTheCommandIsItsOwn)
{
  EXPECT_EQ(run("exit 7").exit_code, 7);
  EXPECT_EQ(run("kill -TERM $$").signal, SIGTERM);
  ports::ProcessRequest missing = request("");
  missing.argv = {"./no-such-program"};
  RunnerProcess runner(missing, -1, -1);
  EXPECT_EQ(runner.wait().result.value().start_error, ENOENT);
}

TEST_F(LocalProcessRunnerTrace, TheCommandGoesOnWhenTheRunnerIsKilled)
{
  RunnerProcess runner(request("echo up > up; while [ ! -e go ]; do sleep 0.01; done;"
                               " cat a.csv > late; echo done > finished"),
                       -1, -1);
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "up") == "up\n"; }));
  ::kill(runner.pid(), SIGKILL);
  EXPECT_FALSE(runner.wait().result);
  folder_.add_program("go", "");
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "finished") == "done\n"; }));
  EXPECT_EQ(content_of(folder_ / "late"), "1\n");
  EXPECT_THAT(trace(), IsSupersetOf({"read a.csv", "write late", "write finished"}));
}

TEST_F(LocalProcessRunnerTrace, TheCommandGoesOnWhenTheRunnersGroupIsKilled)
{
  RunnerProcess runner(request("echo up > up; while [ ! -e go ]; do sleep 0.01; done;"
                               " cat a.csv > late; echo done > finished"),
                       -1, -1);
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "up") == "up\n"; }));
  ::kill(-runner.pid(), SIGKILL);
  runner.wait();
  folder_.add_program("go", "");
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "finished") == "done\n"; }));
  EXPECT_EQ(content_of(folder_ / "late"), "1\n");
}

// Killed at many moments, the start included: the command runs to its end or was never started.
TEST_F(LocalProcessRunnerTrace, TheCommandGoesOnWheneverTheRunnerIsKilled)
{
  for (int delay_us = 0; delay_us < 15'000; delay_us += 1009) {
    std::filesystem::remove(folder_ / "finished");
    RunnerProcess runner(request("for i in 1 2 3 4 5 6 7 8; do cat a.csv > x$i; done;"
                                 " echo done > finished"),
                         -1, -1);
    ASSERT_GT(runner.command_pid(), 0);
    ::usleep(static_cast<unsigned>(delay_us));
    const auto command = posix::identity_of(runner.command_pid());
    const bool executed =
        command && content_of("/proc/" + std::to_string(command->pid) + "/comm") == "bash\n";
    ::kill(runner.pid(), SIGKILL);
    runner.wait();
    ASSERT_TRUE(eventually([&] { return !command || !posix::is_alive(*command); }));
    if (executed) {
      EXPECT_EQ(content_of(folder_ / "finished"), "done\n") << delay_us;
      EXPECT_EQ(content_of(folder_ / "x8"), "1\n") << delay_us;
    }
  }
}

TEST_F(LocalProcessRunnerTrace, BackgroundProcessesGoOnWhenTheRunIsOver)
{
  const auto result =
      run("(while [ ! -e go ]; do sleep 0.01; done; cat a.csv > late; echo done > finished)"
          " > /dev/null 2>&1 < /dev/null & exit 3");
  EXPECT_EQ(result.exit_code, 3);
  folder_.add_program("go", "");
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "finished") == "done\n"; }));
  EXPECT_EQ(content_of(folder_ / "late"), "1\n");
  EXPECT_THAT(trace(), Not(Contains("write late"))) << "the run is over, its trace too";
}

TEST_F(LocalProcessRunnerTrace, TheTracerEndsWithTheLastProcess)
{
  RunnerProcess runner(request("echo up > up; while [ ! -e stop ]; do sleep 0.01; done"), -1, -1);
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "up") == "up\n"; }));
  const pid_t tracer = tracer_of(runner);
  ASSERT_GT(tracer, 0);
  for (const char* number : {"0", "1", "2"}) {
    std::error_code error;
    EXPECT_EQ(
        std::filesystem::read_symlink("/proc/" + std::to_string(tracer) + "/fd/" + number, error),
        "/dev/null");
  }
  folder_.add_program("stop", "");
  runner.wait();
  EXPECT_NE(::kill(tracer, 0), 0);
}

TEST_F(LocalProcessRunnerTrace, SignalsAreForTheCommandNotForTheTracer)
{
  RunnerProcess runner(request("trap 'cat a.csv > got; exit 5' TERM; echo up > up;"
                               " while :; do sleep 0.01; done"),
                       -1, -1);
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "up") == "up\n"; }));
  ::kill(tracer_of(runner), SIGTERM);
  ::usleep(50'000);
  ::kill(runner.pid(), SIGTERM);
  EXPECT_EQ(runner.wait().result.value().exit_code, 5);
  EXPECT_EQ(content_of(folder_ / "got"), "1\n");
}

TEST_F(LocalProcessRunnerTrace, SaysSoWhenTheTracerWasKilled)
{
  RunnerProcess runner(request("echo up > up; sleep 60"), -1, -1);
  ASSERT_TRUE(eventually([&] { return content_of(folder_ / "up") == "up\n"; }));
  const pid_t command = runner.command_pid();
  ::kill(tracer_of(runner), SIGKILL);
  ::usleep(20'000);
  ::kill(command, SIGKILL);
  const auto report = runner.wait();
  ASSERT_TRUE(report.result);
  EXPECT_TRUE(report.result->signal || report.result->exit_code);
  EXPECT_THAT(report.result->untraced, ElementsAre(HasSubstr("the tracer was killed")));
}

TEST_F(LocalProcessRunnerTrace, SaysSoWhenTheLogCanNotBeWritten)
{
  ports::ProcessRequest broken = request("cat a.csv > b.csv");
  broken.trace->log_path = "/dev/full";
  RunnerProcess runner(broken, -1, -1);
  const auto report = runner.wait();
  EXPECT_EQ(report.result.value().exit_code, 0);
  EXPECT_THAT(report.result->untraced, ElementsAre(HasSubstr("could not be written")));
  EXPECT_EQ(content_of(folder_ / "b.csv"), "1\n");
}

}  // namespace
}  // namespace mlrepro
