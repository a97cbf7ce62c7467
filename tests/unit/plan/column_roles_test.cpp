// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/column_roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"
#include "support/error_of.hpp"

namespace mlrepro::plan {
namespace {

using model::ColumnRole;
using ::testing::HasSubstr;

std::vector<model::QueryColumn> columns(const std::vector<std::string>& names)
{
  std::vector<model::QueryColumn> list;
  for (const std::string& name : names) {
    list.push_back({name, "", "", std::nullopt});
  }
  return list;
}

TEST(ColumnRoles, WhatIsNotNamedIsForInspection)
{
  auto list = columns({"store", "price", "sold", "part", "name"});
  assign_roles(list, {{"price", "store"}, {"sold"}, "part", {}});
  EXPECT_EQ(list[0].role, ColumnRole::feature);
  EXPECT_EQ(list[1].role, ColumnRole::feature);
  EXPECT_EQ(list[2].role, ColumnRole::target);
  EXPECT_EQ(list[3].role, ColumnRole::split);
  EXPECT_EQ(list[4].role, ColumnRole::inspection);
}

TEST(ColumnRoles, CommasStandBetweenNamesAndWithinThem)
{
  auto list = columns({"a", "b", "a,b", "c,d"});
  assign_roles(list, {{"a,b", "c,d"}, {}, "", {}});
  EXPECT_EQ(list[0].role, ColumnRole::inspection);
  EXPECT_EQ(list[2].role, ColumnRole::feature);
  EXPECT_EQ(list[3].role, ColumnRole::feature);
}

TEST(ColumnRoles, NobodyHasOneUnlessSomebodyDoes)
{
  auto list = columns({"a", "b"});
  assign_roles(list, {});
  EXPECT_EQ(list[0].role, std::nullopt);
}

TEST(ColumnRoles, NamesTheNearestColumn)
{
  auto list = columns({"price", "sold"});
  const auto error = testing::error_of([&] { assign_roles(list, {{"prise"}, {}, "", {}}); });
  EXPECT_EQ(error.kind(), model::ErrorKind::usage);
  EXPECT_THAT(error.message(), HasSubstr("--features 'prise'"));
  EXPECT_THAT(error.hint(), HasSubstr("'price'"));
  EXPECT_THAT(testing::error_of([&] {
                assign_roles(list, {{}, {"zzzzzzzz"}, "", {}});
              }).hint(),
              HasSubstr("price, sold"));
}

TEST(ColumnRoles, AColumnHasOneRole)
{
  auto list = columns({"price"});
  EXPECT_THAT(testing::error_of([&] {
                assign_roles(list, {{"price"}, {"price"}, "", {}});
              }).message(),
              HasSubstr("is a feature already"));
}

TEST(ColumnRoles, AnOrderHasDirections)
{
  const auto order = parse_order({"b desc", "a", "odd desc", "b asc"}, {"a", "b", "odd desc"});
  ASSERT_EQ(order.size(), 4U);
  EXPECT_EQ(order[0].column, 1U);
  EXPECT_TRUE(order[0].descending);
  EXPECT_FALSE(order[1].descending);
  EXPECT_EQ(order[2].column, 2U);
  EXPECT_FALSE(order[2].descending);
  EXPECT_FALSE(order[3].descending);
  EXPECT_EQ(testing::error_of([] { (void)parse_order({"c"}, {"a"}); }).kind(),
            model::ErrorKind::usage);
  EXPECT_THAT(known_order({"b desc", "c", "odd desc", "c asc"}, {"a", "b", "odd desc"}),
              ::testing::ElementsAre("b desc", "odd desc"));
}

}  // namespace
}  // namespace mlrepro::plan
