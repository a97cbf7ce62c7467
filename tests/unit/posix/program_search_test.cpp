// SPDX-License-Identifier: Apache-2.0
#include "posix/program_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/runner_process.hpp"

namespace mlrepro::posix {
namespace {

using ::testing::ElementsAre;

TEST(ProgramCandidates, FollowThePathInOrder)
{
  EXPECT_THAT(program_candidates("tool", "/a:/b/:rel"),
              ElementsAre("/a/tool", "/b//tool", "rel/tool"));
}

TEST(ProgramCandidates, TakeAnEmptyElementForTheCurrentFolder)
{
  EXPECT_THAT(program_candidates("tool", ":/a:"), ElementsAre("./tool", "/a/tool", "./tool"));
  EXPECT_THAT(program_candidates("tool", ""), ElementsAre("./tool"));
}

TEST(ProgramCandidates, UseTheDefaultWithoutAPath)
{
  EXPECT_THAT(program_candidates("tool", std::nullopt), ElementsAre("/bin/tool", "/usr/bin/tool"));
}

TEST(ProgramCandidates, DoNotSearchForNamesWithASlashNorForNothing)
{
  EXPECT_THAT(program_candidates("./tool", "/a"), ElementsAre("./tool"));
  EXPECT_THAT(program_candidates("", "/a"), ElementsAre());
}

class FindProgram : public ::testing::Test {
 protected:
  testing::ScratchFolder folder_;
};

TEST_F(FindProgram, ResolvesNamesAgainstTheCommandsFolder)
{
  const auto tool = folder_.add_program("tool with spaces", "");
  EXPECT_EQ(find_program("./tool with spaces", folder_.path(), "/nowhere"), tool);
  EXPECT_EQ(find_program(tool, "/", "/nowhere"), tool);
  EXPECT_EQ(find_program("tool with spaces", folder_.path(), "/nowhere:"), tool);
  EXPECT_FALSE(find_program("tool with spaces", folder_.path(), "/nowhere"));
}

TEST_F(FindProgram, SkipsWhatIsNotAnExecutableFile)
{
  std::filesystem::create_directories(folder_ / "a/tool");
  std::filesystem::create_directory(folder_ / "b");
  std::ofstream(folder_ / "b/tool") << "#!/bin/sh\n";
  ::chmod((folder_ / "b/tool").c_str(), 0644);
  std::filesystem::create_directory(folder_ / "c");
  const auto tool = folder_.add_program("c/tool", "");
  const std::string path = folder_ / "a" + ":" + folder_ / "b" + ":" + folder_ / "c";
  EXPECT_EQ(find_program("tool", "/", path), tool);
  EXPECT_FALSE(find_program("./a/tool", folder_.path(), path));
  EXPECT_FALSE(find_program("./b/tool", folder_.path(), path));
}

TEST_F(FindProgram, FollowsLinksButNotDanglingOnes)
{
  const auto tool = folder_.add_program("tool", "");
  std::filesystem::create_symlink(tool, folder_ / "good");
  std::filesystem::create_symlink(folder_ / "gone", folder_ / "bad");
  EXPECT_EQ(find_program("good", "/", folder_.path()), folder_ / "good");
  EXPECT_FALSE(find_program("bad", "/", folder_.path()));
  EXPECT_FALSE(find_program("", "/", folder_.path()));
}

}  // namespace
}  // namespace mlrepro::posix
