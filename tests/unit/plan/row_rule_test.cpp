// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/row_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro::plan {
namespace {

using ::testing::HasSubstr;

TEST(RowRule, IsReadFromText)
{
  EXPECT_EQ(parse_row_rule("p.csv=1e-6"), (model::RowRule{"p.csv", {1e-6, 0}, {}}));
  EXPECT_EQ(parse_row_rule("out/*.csv=rel:1e-9,key:store,key:week"),
            (model::RowRule{"out/*.csv", {0, 1e-9}, {"store", "week"}}));
  EXPECT_EQ(parse_row_rule("p.csv=key:id"), (model::RowRule{"p.csv", {}, {"id"}}));
  for (const std::string text :
       {"", "p.csv", "=1", "p.csv=", "p.csv=-1", "p.csv=key:", "p.csv=min:1", "p.csv=1,"}) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr("row tolerance '" + text + "'"),
                          [&] { parse_row_rule(text); });
  }
}

TEST(RowRule, IsTheLastThatMatches)
{
  const std::vector<model::RowRule> rules = {{"*.csv", {1, 0}, {}}, {"p*.csv", {2, 0}, {}}};
  EXPECT_EQ(row_rule_for(rules, "a.csv")->tolerance.absolute, 1);
  EXPECT_EQ(row_rule_for(rules, "p1.csv")->tolerance.absolute, 2);
  EXPECT_EQ(row_rule_for(rules, "p1.tsv"), nullptr);
}

}  // namespace
}  // namespace mlrepro::plan
