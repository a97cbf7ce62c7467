// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/repo_path.hpp"

#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"

namespace mlrepro::model {
namespace {

TEST(RepoPath, KeepsPlainRelativePaths)
{
  const RepoPath path = RepoPath::parse("data/2021/sales.csv");
  EXPECT_EQ(path.str(), "data/2021/sales.csv");
  EXPECT_EQ(path.name(), "sales.csv");
  EXPECT_EQ(path.parent().str(), "data/2021");
  EXPECT_EQ(path.components().size(), 3U);
  EXPECT_TRUE(RepoPath::parse("").is_root());
  EXPECT_EQ(RepoPath().child("a").child("b").str(), "a/b");
  EXPECT_EQ(RepoPath::parse("\xff\xfe/ .\n").str(), "\xff\xfe/ .\n");
}

TEST(RepoPath, RefusesPathsThatClimbOrAreNotCanonical)
{
  for (const std::string text :
       {"/etc/passwd", "a//b", "a/", "./a", "a/./b", "../a", "a/..", "/"}) {
    EXPECT_THROW(RepoPath::parse(text), Error) << text;
  }
  EXPECT_THROW(RepoPath::parse(std::string("a\0b", 3)), Error);
  EXPECT_THROW((void)RepoPath().child("a/b"), Error);
}

TEST(RepoPath, OrdersAFolderDirectlyBeforeItsContent)
{
  EXPECT_TRUE(path_less("a", "a/b"));
  EXPECT_TRUE(path_less("a/b", "a.txt"));
  EXPECT_TRUE(path_less("a-b", "ab"));
  EXPECT_TRUE(path_less("a/z", "a-b"));
  EXPECT_LT(RepoPath::parse("a/b"), RepoPath::parse("a.b"));
}

TEST(RepoPath, TellsWhatLiesWithin)
{
  EXPECT_TRUE(is_within("a/b", "a"));
  EXPECT_TRUE(is_within("a", "a"));
  EXPECT_FALSE(is_within("ab", "a"));
  EXPECT_TRUE(is_within("a", ""));
  EXPECT_FALSE(is_within("/a", ""));
  EXPECT_TRUE(is_within("/a/b", "/"));
}

}  // namespace
}  // namespace mlrepro::model
