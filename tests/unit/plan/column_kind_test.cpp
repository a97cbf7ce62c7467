// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/column_kind.hpp"

#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

TEST(ColumnKind, IsThatOfATypeInTheEnginesWords)
{
  const std::vector<std::pair<std::string, ColumnKind>> cases = {
      {"BOOLEAN", ColumnKind::truth},
      {"TINYINT", ColumnKind::integer},
      {"BIGINT", ColumnKind::integer},
      {"UINTEGER", ColumnKind::integer},
      {"UBIGINT", ColumnKind::huge},
      {"HUGEINT", ColumnKind::huge},
      {"UHUGEINT", ColumnKind::other},
      {"DECIMAL(18,3)", ColumnKind::decimal},
      {"FLOAT", ColumnKind::single},
      {"DOUBLE", ColumnKind::floating},
      {"DATE", ColumnKind::date},
      {"TIMESTAMP", ColumnKind::moment},
      {"TIMESTAMP_NS", ColumnKind::other},
      {"TIMESTAMP WITH TIME ZONE", ColumnKind::instant},
      {"VARCHAR", ColumnKind::text},
      {"VARCHAR[]", ColumnKind::other},
      {"DECIMAL(3,1)[]", ColumnKind::other},
      {"STRUCT(a INTEGER)", ColumnKind::other},
      {"", ColumnKind::other}};
  for (const auto& [type, kind] : cases) {
    EXPECT_EQ(kind_of_type(type), kind) << type;
  }
}

// The counts in the order of k_tested_kinds: truth, integer, huge, floating, date, moment.
TEST(NarrowestKind, IsTheFirstThatEveryCellIsOf)
{
  EXPECT_EQ(narrowest_kind({0, {0, 0, 0, 0, 0, 0}}), ColumnKind::empty);
  EXPECT_EQ(narrowest_kind({3, {3, 0, 0, 0, 0, 0}}), ColumnKind::truth);
  EXPECT_EQ(narrowest_kind({3, {0, 3, 3, 3, 0, 0}}), ColumnKind::integer);
  EXPECT_EQ(narrowest_kind({3, {0, 2, 3, 2, 0, 0}}), ColumnKind::huge);
  EXPECT_EQ(narrowest_kind({3, {0, 2, 2, 3, 0, 0}}), ColumnKind::floating);
  EXPECT_EQ(narrowest_kind({3, {0, 0, 0, 0, 3, 3}}), ColumnKind::date);
  EXPECT_EQ(narrowest_kind({3, {0, 0, 0, 0, 2, 3}}), ColumnKind::moment);
  EXPECT_EQ(narrowest_kind({3, {1, 1, 1, 1, 1, 2}}), ColumnKind::text);
}

TEST(TypeOfKind, IsReadBackAsTheKind)
{
  for (const ColumnKind kind : k_tested_kinds) {
    EXPECT_EQ(kind_of_type(type_of_kind(kind)), kind) << type_of_kind(kind);
  }
}

}  // namespace
}  // namespace mlrepro::plan
