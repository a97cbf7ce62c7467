// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_columns.hpp"

#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

TEST(CompareColumns, TellsWhatCameWentAndChanged)
{
  const std::vector<model::QueryColumn> then = {{"a", "integer", "INTEGER", {}},
                                                {"b", "numeric", "DECIMAL(18,2)", {}},
                                                {"c", "text", "VARCHAR", {}},
                                                {"d", "", "BIGINT", {}}};
  const std::vector<model::QueryColumn> now = {{"b", "numeric", "DECIMAL(38,5)", {}},
                                               {"a", "bigint", "BIGINT", {}},
                                               {"d", "", "DOUBLE", {}},
                                               {"e", "text", "VARCHAR", {}}};
  const ColumnChanges changes = compare_columns(then, now, TypeNames::same);
  ASSERT_EQ(changes.added.size(), 1U);
  EXPECT_EQ(changes.added[0].name, "e");
  ASSERT_EQ(changes.removed.size(), 1U);
  EXPECT_EQ(changes.removed[0].name, "c");
  ASSERT_EQ(changes.retyped.size(), 2U);
  EXPECT_EQ(changes.retyped[0].now.source_type, "bigint");
  EXPECT_EQ(changes.retyped[1].then.type, "BIGINT");
  EXPECT_EQ(changes.common, 3U);
  EXPECT_TRUE(changes.reordered);
  EXPECT_FALSE(compare_columns(then, then, TypeNames::same).reordered);
}

TEST(CompareColumns, TakesTypesOfAnotherKindOfSourceByWhatTheyHold)
{
  const std::vector<model::QueryColumn> then = {
      {"a", "integer", "INTEGER", {}},
      {"b", "numeric(8,2)", "DECIMAL(8,2)", {}},
      {"c", "timestamp", "TIMESTAMP", {}},
      {"d", "date", "DATE", {}},
      {"e", "timestamptz", "TIMESTAMP WITH TIME ZONE", {}}};
  const std::vector<model::QueryColumn> now = {{"a", "BIGINT", "BIGINT", {}},
                                               {"b", "DOUBLE", "DOUBLE", {}},
                                               {"c", "TIMESTAMP_NS", "TIMESTAMP_NS", {}},
                                               {"d", "TEXT", "VARCHAR", {}},
                                               {"e", "TIMESTAMP", "TIMESTAMP", {}}};
  const ColumnChanges changes = compare_columns(then, now, TypeNames::foreign);
  ASSERT_EQ(changes.retyped.size(), 2U);
  EXPECT_EQ(changes.retyped[0].then.name, "d");
  EXPECT_EQ(changes.retyped[1].then.name, "e");
  EXPECT_EQ(compare_columns(then, now, TypeNames::same).retyped.size(), 5U);
}

}  // namespace
}  // namespace mlrepro::plan
