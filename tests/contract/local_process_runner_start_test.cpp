// SPDX-License-Identifier: Apache-2.0
// How the real runner starts a command: program, folder, variables, descriptors, signals.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/process_runner.hpp"
#include "support/runner_process.hpp"

namespace mlrepro {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class SilentObserver final : public ports::ProcessObserver {
 public:
  void before_start(const ports::ProcessIdentity& /*process*/) override {}
  void on_sample(int /*pid*/) override {}
  void on_exit(const ports::ProcessResult& /*result*/) override {}
};

class LocalProcessRunnerStart : public ::testing::Test {
 protected:
  ports::ProcessRequest request(const std::string& script)
  {
    auto request = testing::script_request(script, folder_);
    request.discard_output = true;
    return request;
  }
  ports::ProcessResult run(const ports::ProcessRequest& request)
  {
    SilentObserver observer;
    return runner_.run(request, observer);
  }
  std::string output_of(const ports::ProcessRequest& request)
  {
    std::filesystem::remove(folder_ / "stdout.log");
    run(request);
    return testing::content_of(folder_ / "stdout.log");
  }

  testing::ScratchFolder folder_;
  posix::LocalProcessRunner runner_;
};

TEST_F(LocalProcessRunnerStart, HandsArgumentsOnUnchanged)
{
  auto command = request("");
  command.argv = {"printf", "[%s]", "a b", "", "*", "$HOME", "\xff\n", "--"};
  EXPECT_EQ(output_of(command), "[a b][][*][$HOME][\xff\n][--]");
}

TEST_F(LocalProcessRunnerStart, KeepsOurInputFromACommandThatIsToHaveNone)
{
  const posix::FileDescriptor before(::dup(STDIN_FILENO));
  std::ofstream(folder_ / "ours") << "ours";
  const auto ours = posix::open_file(folder_ / "ours", O_RDONLY);
  ASSERT_EQ(::dup2(ours.get(), STDIN_FILENO), STDIN_FILENO);
  auto command = request("cat");
  EXPECT_EQ(output_of(command), "ours");
  ASSERT_EQ(::lseek(STDIN_FILENO, 0, SEEK_SET), 0);
  command.empty_input = true;
  EXPECT_EQ(output_of(command), "");
  EXPECT_EQ(::lseek(STDIN_FILENO, 0, SEEK_CUR), 0);
  ::dup2(before.get(), STDIN_FILENO);
}

TEST_F(LocalProcessRunnerStart, RunsInTheFolderThatWasAskedFor)
{
  std::filesystem::create_directory(folder_ / "sub");
  auto command = request("pwd -P");
  command.cwd = folder_ / "sub";
  EXPECT_EQ(output_of(command), std::filesystem::canonical(folder_ / "sub").string() + "\n");
}

TEST_F(LocalProcessRunnerStart, BlamesTheFolderAndNotTheProgramWhenItIsNotThere)
{
  auto command = request("true");
  command.cwd = folder_ / "gone";
  try {
    run(command);
    FAIL() << "ran in a folder that is not there";
  } catch (const model::Error& error) {
    EXPECT_EQ(error.kind(), model::ErrorKind::not_found);
    EXPECT_THAT(error.message(), HasSubstr("enter folder '" + command.cwd + "'"));
  }
}

TEST_F(LocalProcessRunnerStart, SetsAndUnsetsVariables)
{
  ::setenv("MLREPRO_TEST_KEPT", "kept", 1);
  ::setenv("MLREPRO_TEST_GONE", "gone", 1);
  ::setenv("MLREPRO_TEST_OLD", "old", 1);
  auto command = request("echo $MLREPRO_TEST_KEPT,${MLREPRO_TEST_GONE-unset},$MLREPRO_TEST_OLD,$B");
  command.unset_variables = {"MLREPRO_TEST_GONE", "MLREPRO_TEST_NEVER_SET"};
  command.set_variables = {{"MLREPRO_TEST_OLD", "new"}, {"B", "1"}, {"B", "a=b c"}};
  EXPECT_EQ(output_of(command), "kept,unset,new,a=b c\n");
  EXPECT_STREQ(::getenv("MLREPRO_TEST_OLD"), "old");
}

TEST_F(LocalProcessRunnerStart, SearchesThePathOfTheCommand)
{
  folder_.add_program("mytool", "#!/bin/sh\necho mine\n");
  auto command = request("");
  command.argv = {"mytool"};
  EXPECT_EQ(run(command).start_error, ENOENT);
  command.set_variables = {{"PATH", "/nowhere:" + folder_.path()}};
  EXPECT_EQ(output_of(command), "mine\n");
  command.set_variables = {{"PATH", ""}};
  EXPECT_EQ(output_of(command), "mine\n");
}

TEST_F(LocalProcessRunnerStart, ExecutesTheProgramThatWasResolved)
{
  auto command = request("");
  command.argv = {"another-name", "-c", "echo $0"};
  command.program = "/bin/sh";
  EXPECT_EQ(output_of(command), "another-name\n");
}

TEST_F(LocalProcessRunnerStart, TellsWhyAProgramCanNotBeExecuted)
{
  auto command = request("");
  std::ofstream(folder_ / "plain") << "#!/bin/sh\n";
  ::chmod((folder_ / "plain").c_str(), 0644);
  command.argv = {"./plain"};
  EXPECT_EQ(run(command).start_error, EACCES);
  command.argv = {"plain"};
  command.set_variables = {{"PATH", folder_.path() + ":/nowhere"}};
  EXPECT_EQ(run(command).start_error, EACCES);
  command.argv = {folder_.path()};
  EXPECT_EQ(run(command).start_error, EACCES);
  command.argv = {"./plain/below"};
  EXPECT_EQ(run(command).start_error, ENOTDIR);
  command.argv = {""};
  EXPECT_EQ(run(command).start_error, ENOENT);
  command.argv = {folder_.add_program("orphan", "#!/no/such/interpreter\n")};
  EXPECT_EQ(run(command).start_error, ENOENT);
  command.argv = {"true", std::string(3U << 20U, 'x')};
  command.set_variables.clear();
  EXPECT_EQ(run(command).start_error, E2BIG);
}

TEST_F(LocalProcessRunnerStart, RunsATextFileWithoutInterpreterLineInTheShell)
{
  auto command = request("");
  command.argv = {folder_.add_program("script", "echo \"$0 $1\"\n"), "first"};
  EXPECT_EQ(output_of(command), folder_ / "script first\n");
}

TEST_F(LocalProcessRunnerStart, RefusesAnEmptyCommand)
{
  auto command = request("");
  command.argv.clear();
  EXPECT_THROW(run(command), model::Error);
}

TEST_F(LocalProcessRunnerStart, LeavesInheritedDescriptorsOpenAndOurOwnOut)
{
  const posix::FileDescriptor spare(::fcntl(STDIN_FILENO, F_DUPFD, 40));
  auto command = request("exec ls /proc/self/fd");
  std::string bare;
  {
    FILE* pipe = ::popen("exec ls /proc/self/fd", "r");
    std::array<char, 512> buffer{};
    bare.assign(buffer.data(), ::fread(buffer.data(), 1, buffer.size(), pipe));
    ::pclose(pipe);
  }
  EXPECT_THAT(bare, HasSubstr("40\n"));
  EXPECT_EQ(output_of(command), bare);
}

TEST_F(LocalProcessRunnerStart, GivesBackTheSignalStateItFound)
{
  sigset_t before;
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  struct sigaction pipe_before {};
  struct sigaction pipe_after {};
  ::sigaction(SIGPIPE, nullptr, &pipe_before);
  run(request("true"));
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  ::sigaction(SIGPIPE, nullptr, &pipe_after);
  for (int signal = 1; signal < NSIG; ++signal) {
    EXPECT_EQ(::sigismember(&before, signal), ::sigismember(&after, signal)) << signal;
  }
  EXPECT_EQ(pipe_before.sa_handler, pipe_after.sa_handler);
}

TEST_F(LocalProcessRunnerStart, StartsTheCommandWithTheSignalStateWeFound)
{
  auto command = request("");
  command.argv = {"cat", "/proc/self/status"};
  sigset_t usr2;
  ::sigemptyset(&usr2);
  ::sigaddset(&usr2, SIGUSR2);
  ::pthread_sigmask(SIG_BLOCK, &usr2, nullptr);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGUSR1, [](int) {});
  const std::string state = output_of(command);
  ::signal(SIGHUP, SIG_DFL);
  ::signal(SIGUSR1, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &usr2, nullptr);
  EXPECT_THAT(state, HasSubstr("SigBlk:\t0000000000000800\nSigIgn:\t0000000000000001\n"
                               "SigCgt:\t0000000000000000\n"));
}

TEST_F(LocalProcessRunnerStart, SeesTheExitWhereSigchldIsIgnored)
{
  ::signal(SIGCHLD, SIG_IGN);
  const auto result = run(request("exit 7"));
  ::signal(SIGCHLD, SIG_DFL);
  EXPECT_EQ(result.exit_code, 7);
}

TEST_F(LocalProcessRunnerStart, MeasuresWhatTheCommandUsed)
{
  const auto result = run(request("i=0; while ((i < 200000)); do ((i++)); done"));
  EXPECT_GT(result.resources.user_s, 0.01);
  EXPECT_GE(result.resources.system_s, 0.0);
  EXPECT_GT(result.resources.max_rss_bytes, 1'000'000U);
  EXPECT_LT(result.resources.max_rss_bytes, 1'000'000'000U);
}

class ThrowingObserver final : public ports::ProcessObserver {
 public:
  void before_start(const ports::ProcessIdentity& /*process*/) override { fail("start"); }
  void on_sample(int /*pid*/) override { fail("sample"); }
  void on_exit(const ports::ProcessResult& /*result*/) override { fail("exit"); }

 private:
  [[noreturn]] static void fail(const std::string& when) { throw std::runtime_error(when); }
};

TEST_F(LocalProcessRunnerStart, DoesNotLetTheCommandSufferFromAnObserver)
{
  ThrowingObserver observer;
  const auto result = runner_.run(request("sleep 0.05; exit 5"), observer);
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.problems, UnorderedElementsAre("start", "sample", "exit"));
}

}  // namespace
}  // namespace mlrepro
