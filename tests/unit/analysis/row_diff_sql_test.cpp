// SPDX-License-Identifier: Apache-2.0
#include "analysis/row_diff_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RowPlan hostile_plan()
{
  RowPlan plan;
  for (const char* name : {"\"; DROP TABLE x; --", "evil\n'name", "evil\"quote"}) {
    plan.columns_a.push_back({name, "evil type", plan::ColumnKind::text, true});
  }
  plan.columns_b = plan.columns_a;
  plan.match = plan::match_columns(plan.columns_a, plan.columns_b, {});
  plan.key = {1};
  plan.tolerances.resize(3);
  return plan;
}

TEST(RowSql, HasNoNameFromAFileInIt)
{
  const RowSql sql(hostile_plan());
  for (const std::string& text :
       {sql.count_rows(Side::a), sql.make_groups(), sql.make_changed(), sql.count_changed(),
        sql.make_left_over(Side::a, true), sql.make_left_over(Side::b, false),
        sql.select_changed(20), sql.select_left_over(Side::b, std::nullopt), sql.select_repeated(1),
        sql.has_repeated(Side::a, {0, 1}), sql.count_nulls(Side::b),
        sql.sample_hashes(Side::a, 9)}) {
    EXPECT_THAT(text, Not(HasSubstr("evil")));
    EXPECT_THAT(text, Not(HasSubstr("DROP")));
  }
}

TEST(RowSql, ComparesWhatIsNotInTheKey)
{
  const RowSql sql(hostile_plan());
  EXPECT_EQ(sql.compared(), (std::vector<std::size_t>{0, 2}));
  EXPECT_THAT(sql.make_groups(), HasSubstr("hash(a.c0, a.c2)"));
  EXPECT_THAT(sql.make_groups(), HasSubstr("NOT (n = 1 AND m = 1 AND x = 0)"));
}

TEST(RowSql, GroupsWholeRowsWithoutAKey)
{
  RowPlan plan = hostile_plan();
  plan.key.clear();
  const RowSql sql(plan);
  EXPECT_THAT(sql.make_groups(), HasSubstr("hash(a.c0, a.c1, a.c2) AS k0"));
  EXPECT_THAT(sql.make_groups(), HasSubstr("n <> m"));
}

TEST(InForm, KeepsTheTextOfCsvAndTheEmptyTextOfOtherFormats)
{
  const plan::NamedColumn csv{"x", "VARCHAR", plan::ColumnKind::text, true};
  const plan::NamedColumn typed{"x", "VARCHAR", plan::ColumnKind::text, false};
  EXPECT_EQ(in_form("a.c0", csv, plan::CellForm::text, true), "a.c0");
  EXPECT_EQ(in_form("a.c0", typed, plan::CellForm::text, false), "CAST(a.c0 AS VARCHAR)");
  EXPECT_EQ(in_form("a.c0", typed, plan::CellForm::text, true),
            "nullif(CAST(a.c0 AS VARCHAR), '')");
}

}  // namespace
}  // namespace mlrepro::analysis
