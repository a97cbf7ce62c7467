// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/paths.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mlrepro::plan {
namespace {

struct PathCase {
  std::string base, path, joined;
};

TEST(Paths, AreJoinedByText)
{
  const std::vector<PathCase> cases = {{"/a/b", "c", "/a/b/c"}, {"/a/b", "../c", "/a/c"},
                                       {"/a/b", "/c", "/c"},    {"/a/b", ".", "/a/b"},
                                       {"/a/b", "", "/a/b"},    {"/a", "../../..", "/"},
                                       {"/", "a", "/a"},        {"/a//b/", "./c//d/", "/a/b/c/d"},
                                       {"/a", "..", "/"},       {"/a", "b/./c/..", "/a/b"},
                                       {"/a", "...", "/a/..."}, {"/a", "//b", "/b"}};
  for (const PathCase& item : cases) {
    EXPECT_EQ(join_path(item.base, item.path), item.joined) << item.base << " " << item.path;
  }
}

TEST(Paths, AreRecordedRelativeToTheTop)
{
  const std::vector<PathCase> cases = {{"/p", "/p", "."},       {"/p", "/p/data", "data"},
                                       {"/p", "/pq", "/pq"},    {"/p", "/other", "/other"},
                                       {"/", "/data", "/data"}, {"/", "/", "."},
                                       {"/p", "/p/a/b", "a/b"}};
  for (const PathCase& item : cases) {
    EXPECT_EQ(recorded_path(item.base, item.path), item.joined) << item.path;
    EXPECT_EQ(absolute_path(item.base, item.joined), item.path);
  }
  EXPECT_EQ(absolute_path("/q", "data"), "/q/data");
  EXPECT_EQ(absolute_path("/q", "/elsewhere"), "/elsewhere");
}

TEST(Paths, EndInABaseName)
{
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/a/b", "b"}, {"a", "a"}, {"a/", "a"}, {"/a//", "a"}, {"/", "/"}, {"//", "/"}, {"", ""}};
  for (const auto& [path, name] : cases) {
    EXPECT_EQ(base_name(path), name) << path;
  }
}

}  // namespace
}  // namespace mlrepro::plan
