// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/ignore_rules.hpp"

#include <gtest/gtest.h>

namespace mlrepro::format {
namespace {

constexpr bool k_file = false;
constexpr bool k_folder = true;

TEST(IgnoreRules, IsEmptyForCommentsAndBlankLines)
{
  for (const char* text : {"", "\n\n", "# all\n", "   \n", "/\n", "!\n", "\r\n"}) {
    EXPECT_TRUE(IgnoreRules::parse(text).empty()) << text;
  }
}

TEST(IgnoreRules, MatchesNamesAnywhereAndAnchoredPathsOnce)
{
  const IgnoreRules rules = IgnoreRules::parse("*.log\n/top\ndocs/a.txt\nbuild/\n");
  EXPECT_EQ(rules.ignores("x/y/z.log", k_file), true);
  EXPECT_EQ(rules.ignores("top", k_file), true);
  EXPECT_EQ(rules.ignores("x/top", k_file), std::nullopt);
  EXPECT_EQ(rules.ignores("docs/a.txt", k_file), true);
  EXPECT_EQ(rules.ignores("x/docs/a.txt", k_file), std::nullopt);
  EXPECT_EQ(rules.ignores("x/build", k_folder), true);
  EXPECT_EQ(rules.ignores("x/build", k_file), std::nullopt);
}

TEST(IgnoreRules, LetsTheLastRuleDecide)
{
  const IgnoreRules rules = IgnoreRules::parse("*.csv\n!keep.csv\nold/keep.csv\n");
  EXPECT_EQ(rules.ignores("a.csv", k_file), true);
  EXPECT_EQ(rules.ignores("keep.csv", k_file), false);
  EXPECT_EQ(rules.ignores("old/keep.csv", k_file), true);
  EXPECT_EQ(rules.ignores("a.txt", k_file), std::nullopt);
}

TEST(IgnoreRules, ReadsLinesAsGitDoes)
{
  const std::vector<std::pair<std::string, std::string>> cases = {{"\xef\xbb\xbf"
                                                                   "a",
                                                                   "a"},
                                                                  {"a\r\n", "a"},
                                                                  {"a   ", "a"},
                                                                  {"a\\ ", "a "},
                                                                  {"a\\  ", "a "},
                                                                  {"a\\\\ ", "a\\"},
                                                                  {"\\#a", "#a"},
                                                                  {"\\!a", "!a"},
                                                                  {" a", " a"},
                                                                  {"a\t", "a\t"},
                                                                  {"!a\nb\na", "a"}};
  for (const auto& [text, path] : cases) {
    EXPECT_EQ(IgnoreRules::parse(text).ignores(path, k_file), true) << text;
  }
}

}  // namespace
}  // namespace mlrepro::format
