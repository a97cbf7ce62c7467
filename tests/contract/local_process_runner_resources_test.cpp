// SPDX-License-Identifier: Apache-2.0
// What a command uses of the machine is measured beside it, and measuring holds up nobody.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "posix/file_descriptor.hpp"
#include "posix/process_identity.hpp"
#include "posix/process_stat.hpp"
#include "support/runner_process.hpp"

namespace mlrepro {
namespace {

using testing::content_of;
using ::testing::ElementsAre;
using testing::eventually;
using ::testing::HasSubstr;
using testing::RunnerProcess;

class LocalProcessRunnerResources : public ::testing::Test {
 protected:
  // The script goes on when there is a file "go".
  ports::ProcessRequest measured(const std::string& script)
  {
    auto request = testing::script_request(
        script + "; while [ ! -e go ]; do sleep 0.02; done; echo done", folder_);
    request.resources = ports::ResourceLog{folder_ / "resources", 0.1};
    return request;
  }
  [[nodiscard]] std::size_t samples() const
  {
    const std::string text = content_of(folder_ / "resources");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  bool wait_for_samples()
  {
    const std::size_t before = samples();
    return eventually([&] { return samples() > before + 1; });
  }
  void let_go() { folder_.add_program("go", ""); }
  // The runner's children but the command: the output guard, then the sampler.
  static std::vector<int> helpers_of(RunnerProcess& runner)
  {
    std::vector<int> found;
    for (const int pid : posix::descendants_of(runner.pid())) {
      const auto stat = posix::stat_of(pid);
      if (pid != runner.command_pid() && stat && stat->parent == runner.pid()) {
        found.push_back(pid);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  testing::ScratchFolder folder_;
  posix::FileDescriptor out_ = posix::open_file("/dev/null", O_WRONLY);
};

TEST_F(LocalProcessRunnerResources, AreMeasuredUntilTheEnd)
{
  RunnerProcess runner(measured("sleep 1000 & child=$!; trap 'kill $child' EXIT"), out_.get(),
                       out_.get());
  ASSERT_TRUE(wait_for_samples());
  let_go();
  const auto report = runner.wait();
  ASSERT_TRUE(report.result);
  EXPECT_EQ(report.result->exit_code, 0);
  EXPECT_THAT(report.result->problems, ElementsAre());
  EXPECT_EQ(content_of(folder_ / "stdout.log"), "done\n");
  const std::string text = content_of(folder_ / "resources");
  EXPECT_THAT(text, HasSubstr("\"system/cpu_percent\":"));
  EXPECT_THAT(text, HasSubstr("{\"step\":1,"));
  EXPECT_TRUE(text.ends_with("}\n"));
  const std::size_t end = samples();
  ::usleep(300'000);
  EXPECT_EQ(samples(), end);
}

TEST_F(LocalProcessRunnerResources, EndWhenTheRunnerIsKilled)
{
  RunnerProcess runner(measured("true"), out_.get(), out_.get());
  ASSERT_TRUE(wait_for_samples());
  const auto helpers = helpers_of(runner);
  ASSERT_EQ(helpers.size(), 2U);
  const auto sampler = posix::identity_of(helpers.back());
  ASSERT_TRUE(sampler);
  ::kill(runner.pid(), SIGKILL);
  EXPECT_FALSE(runner.wait().result);
  EXPECT_TRUE(eventually([&] { return !posix::is_alive(*sampler); }));
  let_go();
  EXPECT_TRUE(eventually([&] { return content_of(folder_ / "stdout.log") == "done\n"; }));
}

TEST_F(LocalProcessRunnerResources, HoldUpNobodyWhenTheyHang)
{
  RunnerProcess runner(measured("true"), out_.get(), out_.get());
  ASSERT_TRUE(wait_for_samples());
  const auto helpers = helpers_of(runner);
  ASSERT_EQ(helpers.size(), 2U);
  ::kill(helpers.back(), SIGSTOP);
  let_go();
  const auto report = runner.wait();
  ASSERT_TRUE(report.result);
  EXPECT_EQ(report.result->exit_code, 0);
  EXPECT_FALSE(posix::identity_of(helpers.back())) << "it is still there";
}

TEST_F(LocalProcessRunnerResources, ThatCantBeLoggedAreAProblemOfTheRun)
{
  auto request = measured("sleep 1");
  request.resources->path = folder_ / "nowhere/resources";
  let_go();
  RunnerProcess runner(request, out_.get(), out_.get());
  const auto report = runner.wait();
  ASSERT_TRUE(report.result);
  EXPECT_EQ(report.result->exit_code, 0);
  EXPECT_THAT(report.result->problems, ElementsAre(HasSubstr("nowhere/resources")));
}

TEST_F(LocalProcessRunnerResources, AreNotMeasuredOfWhatEndsAtOnce)
{
  auto request = testing::script_request("true", folder_);
  request.resources = ports::ResourceLog{folder_ / "resources", 3600};
  RunnerProcess runner(request, out_.get(), out_.get());
  ASSERT_TRUE(runner.wait().result);
  EXPECT_NE(::access((folder_ / "resources").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace mlrepro
