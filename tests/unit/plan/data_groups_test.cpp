// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/data_groups.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<std::string> numbered(const std::string& prefix, std::size_t count)
{
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < count; ++i) {
    paths.push_back(prefix + std::to_string(100 + i));
  }
  return paths;
}

std::vector<std::string> names(const std::vector<DataGroup>& groups)
{
  std::vector<std::string> found;
  for (const DataGroup& group : groups) {
    found.push_back(group.path +
                    (group.files.empty() ? "" : " " + std::to_string(group.files.size())));
  }
  return found;
}

TEST(DataGroups, FewFilesStandAlone)
{
  EXPECT_THAT(names(group_files({"/p/b", "/p/a/x", "/p/a/y", "/p/b"}, {"/p"})),
              ElementsAre("/p/a/x", "/p/a/y", "/p/b"));
  EXPECT_THAT(group_files(numbered("/p/d/", k_largest_listing), {"/p"}), SizeIs(k_largest_listing));
}

TEST(DataGroups, ManyFilesOfAFolderAreOneGroup)
{
  auto paths = numbered("/p/d/", k_largest_listing + 1);
  paths.emplace_back("/p/other");
  std::reverse(paths.begin(), paths.end());
  const auto groups = group_files(paths, {"/p"});
  EXPECT_THAT(names(groups), ElementsAre("/p/d 17", "/p/other"));
  EXPECT_EQ(groups.front().files.front(), "100");
  EXPECT_EQ(groups.front().files.back(), "116");
}

TEST(DataGroups, ManyFoldersAreOneGroupAbove)
{
  std::vector<std::string> paths;
  for (const std::string& folder : numbered("/p/images/", 20)) {
    for (std::string& file : numbered(folder + "/", 20)) {
      paths.push_back(std::move(file));
    }
  }
  const auto groups = group_files(paths, {"/p"});
  EXPECT_THAT(names(groups), ElementsAre("/p/images 400"));
  EXPECT_EQ(groups.front().files.front(), "100/100");
}

TEST(DataGroups, NoGroupReachesBeyondItsRoot)
{
  auto paths = numbered("/p/data/", 17);
  for (std::string& path : numbered("/p/data/inner/", 17)) {
    paths.push_back(std::move(path));
  }
  for (std::string& path : numbered("/", 2)) {
    paths.push_back(std::move(path));
  }
  EXPECT_THAT(names(group_files(paths, {"/p/data", "/p/data/inner", "/"})),
              ElementsAre("/100", "/101", "/p/data 17", "/p/data/inner 17"));
}

TEST(DataGroups, TheRootItselfMayBeTheGroup)
{
  EXPECT_THAT(names(group_files(numbered("/p/", 17), {"/p"})), ElementsAre("/p 17"));
  EXPECT_THAT(names(group_files(numbered("/", 17), {"/"})), ElementsAre("/ 17"));
}

TEST(DataGroups, ARootThatIsAFileStandsAlone)
{
  EXPECT_THAT(names(group_files({"/mnt/a.csv"}, {"/p", "/mnt/a.csv"})), ElementsAre("/mnt/a.csv"));
}

}  // namespace
}  // namespace mlrepro::plan
