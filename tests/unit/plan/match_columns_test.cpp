// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/match_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NamedColumn csv(const std::string& name, ColumnKind kind)
{
  return {name, std::string(type_of_kind(kind)), kind, true};
}

NamedColumn typed(const std::string& name, const std::string& type)
{
  return {name, type, kind_of_type(type), false};
}

std::vector<NamedColumn> named(const std::vector<std::string>& names)
{
  std::vector<NamedColumn> columns;
  for (const std::string& name : names) {
    columns.push_back(csv(name, ColumnKind::integer));
  }
  return columns;
}

std::vector<std::string> moved(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
  const auto columns_a = named(a);
  const auto columns_b = named(b);
  std::vector<std::string> names;
  for (const auto& column :
       describe_schema(columns_a, columns_b, match_columns(columns_a, columns_b, {})).reordered) {
    names.push_back(column.name_a);
  }
  return names;
}

TEST(FormOf, NeverMakesTwoDifferentValuesOne)
{
  struct Case {
    NamedColumn a, b;
    CellForm form;
  };
  const auto integer = csv("x", ColumnKind::integer);
  const auto huge = csv("x", ColumnKind::huge);
  const auto floating = csv("x", ColumnKind::floating);
  const auto text = csv("x", ColumnKind::text);
  const std::vector<Case> cases = {
      {integer, integer, CellForm::whole},
      {integer, huge, CellForm::huge},
      // 9007199254740993 is no double: digits are compared.
      {integer, floating, CellForm::exact_number},
      {typed("x", "BIGINT"), typed("x", "DOUBLE"), CellForm::exact_number},
      {floating, floating, CellForm::floating},
      {text, integer, CellForm::text},
      {text, text, CellForm::text},
      {typed("x", "BIGINT"), typed("x", "BIGINT"), CellForm::as_it_is},
      {typed("x", "BIGINT"), typed("x", "INTEGER"), CellForm::whole},
      {typed("x", "DOUBLE"), typed("x", "DOUBLE"), CellForm::floating},
      {typed("x", "FLOAT"), typed("x", "FLOAT"), CellForm::single},
      // 0.1 is another number with 32 bits than with 64.
      {typed("x", "FLOAT"), floating, CellForm::single},
      {typed("x", "DECIMAL(10,2)"), typed("x", "DECIMAL(10,2)"), CellForm::as_it_is},
      {typed("x", "DECIMAL(10,2)"), typed("x", "DECIMAL(12,3)"), CellForm::exact_number},
      {typed("x", "DECIMAL(10,2)"), integer, CellForm::exact_number},
      {typed("x", "DECIMAL(10,2)"), floating, CellForm::floating},
      {csv("x", ColumnKind::date), csv("x", ColumnKind::moment), CellForm::moment},
      {csv("x", ColumnKind::date), typed("x", "DATE"), CellForm::date},
      {csv("x", ColumnKind::truth), typed("x", "BOOLEAN"), CellForm::truth},
      {csv("x", ColumnKind::truth), integer, CellForm::text},
      {csv("x", ColumnKind::empty), floating, CellForm::floating},
      {csv("x", ColumnKind::empty), csv("x", ColumnKind::empty), CellForm::text},
      {typed("x", "BLOB"), typed("x", "BLOB"), CellForm::as_it_is},
      {typed("x", "INTEGER[]"), typed("x", "BIGINT[]"), CellForm::text}};
  for (const Case& item : cases) {
    EXPECT_EQ(form_of(item.a, item.b), item.form) << item.a.type << " " << item.b.type;
    EXPECT_EQ(form_of(item.b, item.a), item.form) << item.b.type << " " << item.a.type;
  }
}

TEST(MatchColumns, GoesByNameAndLeavesOutWhatIsIgnored)
{
  const auto match = match_columns(named({"id", "old", "price", "note"}),
                                   named({"price", "id", "new", "note"}), {"note"});
  ASSERT_EQ(match.pairs.size(), 2U);
  EXPECT_EQ(match.pairs[0].a, 0U);
  EXPECT_EQ(match.pairs[0].b, 1U);
  EXPECT_EQ(match.pairs[1].a, 2U);
  EXPECT_EQ(match.pairs[1].b, 0U);
  EXPECT_THAT(match.only_a, ElementsAre(1));
  EXPECT_THAT(match.only_b, ElementsAre(2));
}

TEST(MatchColumns, TellsNamesApartByCase)
{
  const auto match = match_columns(named({"Id"}), named({"id"}), {});
  EXPECT_THAT(match.pairs, IsEmpty());
}

TEST(MatchRenamed, PairsOnlyWhatIsCertain)
{
  const auto a = named({"id", "p", "q", "r", "constant"});
  const auto b = named({"id", "pp", "qq", "rr", "same"});
  auto match = match_columns(a, b, {});
  match_renamed(a, b, {{"1", true}, {"2", true}, {"2", true}, {"4", false}},
                {{"1", true}, {"2", true}, {"3", true}, {"4", false}}, match);
  ASSERT_EQ(match.pairs.size(), 2U);
  EXPECT_EQ(match.pairs[1].a, 1U);
  EXPECT_EQ(match.pairs[1].b, 1U);
  EXPECT_THAT(match.only_a, ElementsAre(2, 3, 4));
  EXPECT_THAT(match.only_b, ElementsAre(2, 3, 4));
  const auto schema = describe_schema(a, b, match);
  ASSERT_EQ(schema.renamed.size(), 1U);
  EXPECT_EQ(schema.renamed[0].name_a, "p");
  EXPECT_EQ(schema.renamed[0].name_b, "pp");
  EXPECT_FALSE(schema.same());
}

TEST(DescribeSchema, MovesTheFewestColumns)
{
  EXPECT_THAT(moved({"a", "b", "c"}, {"a", "b", "c"}), IsEmpty());
  EXPECT_THAT(moved({"a", "b", "c", "d"}, {"d", "a", "b", "c"}), ElementsAre("d"));
  EXPECT_THAT(moved({"a", "b", "c", "d"}, {"b", "c", "d", "a"}), ElementsAre("a"));
  EXPECT_THAT(moved({"a", "b"}, {"a", "x", "b"}), IsEmpty());
  EXPECT_EQ(moved({"a", "b", "c"}, {"c", "b", "a"}).size(), 2U);
}

TEST(DescribeSchema, OrderIsOfNoAccount)
{
  const auto a = named({"a", "b"});
  const auto b = named({"b", "a"});
  const auto schema = describe_schema(a, b, match_columns(a, b, {}));
  EXPECT_EQ(schema.reordered.size(), 1U);
  EXPECT_TRUE(schema.same());
}

TEST(DescribeSchema, ComparesTypesAsFarAsTheFormatsHaveThem)
{
  const auto retyped = [](const NamedColumn& a, const NamedColumn& b) {
    return !describe_schema({a}, {b}, match_columns({a}, {b}, {})).retyped.empty();
  };
  EXPECT_TRUE(retyped(typed("x", "INTEGER"), typed("x", "BIGINT")));
  EXPECT_FALSE(retyped(typed("x", "INTEGER"), csv("x", ColumnKind::integer)));
  EXPECT_TRUE(retyped(csv("x", ColumnKind::integer), csv("x", ColumnKind::floating)));
  EXPECT_FALSE(retyped(csv("x", ColumnKind::integer), csv("x", ColumnKind::empty)));
  EXPECT_FALSE(retyped(typed("x", "DECIMAL(10,2)"), csv("x", ColumnKind::floating)));
  EXPECT_FALSE(retyped(typed("x", "TIME"), csv("x", ColumnKind::text)));
}

}  // namespace
}  // namespace mlrepro::plan
