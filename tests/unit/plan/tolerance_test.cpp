// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/tolerance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro::plan {
namespace {

using ::testing::HasSubstr;

TEST(Tolerance, IsReadFromText)
{
  const std::vector<std::pair<std::string, ToleranceRule>> cases = {
      {"auc=0.002", {"auc", {0.002, 0}}},
      {"auc=abs:0.002", {"auc", {0.002, 0}}},
      {"val/*=rel:1e-3", {"val/*", {0, 1e-3}}},
      {"a=b=1", {"a=b", {1, 0}}},
      {"x=0", {"x", {0, 0}}},
      {"x=abs:1,rel:2", {"x", {1, 2}}},
      {"x=lower-is-better", {"x", {}, model::Direction::lower_is_better}},
      {"x=min:-1,max:2,required,two-sided", {"x", {}, model::Direction::two_sided, -1, 2, true}}};
  for (const auto& [text, rule] : cases) {
    EXPECT_EQ(parse_tolerance(text), rule) << text;
  }
  for (const std::string text : {"", "auc", "=1", "auc=", "auc=x", "auc=-1", "auc=nan", "auc=inf",
                                 "auc=rel:", "auc=1 ", "auc=pct:1", "auc=1e999", "auc=1,", "auc=,1",
                                 "auc=min:2,max:1", "auc=min:nan", "auc=higher"}) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr("tolerance '" + text + "'"),
                          [&] { parse_tolerance(text); });
  }
}

TEST(Tolerance, IsThatOfTheLastRuleThatMatches)
{
  const std::vector<ToleranceRule> rules = {{"*", {1, 0}}, {"val/*", {2, 0}}, {"val/auc", {3, 0}}};
  EXPECT_EQ(tolerance_for(rules, "loss").absolute, 1);
  EXPECT_EQ(tolerance_for(rules, "val/loss").absolute, 2);
  EXPECT_EQ(tolerance_for(rules, "val/auc").absolute, 3);
  EXPECT_EQ(tolerance_for({}, "loss"), model::Tolerance());
}

TEST(Glob, MatchesAnyNumberOrOne)
{
  struct Case {
    std::string pattern, text;
    bool matches;
  };
  const std::vector<Case> cases = {{"*", "", true},
                                   {"", "", true},
                                   {"", "a", false},
                                   {"a*c", "abbc", true},
                                   {"a*c", "ac", true},
                                   {"a*c", "abcd", false},
                                   {"a?c", "abc", true},
                                   {"a?c", "ac", false},
                                   {"*a*b*", "xaxbx", true},
                                   {"**", "x", true},
                                   {"val/*", "val/a/b", true},
                                   {"?", "", false},
                                   {"*b", "abab", true}};
  for (const Case& item : cases) {
    EXPECT_EQ(matches_glob(item.pattern, item.text), item.matches)
        << item.pattern << " " << item.text;
  }
}

}  // namespace
}  // namespace mlrepro::plan
