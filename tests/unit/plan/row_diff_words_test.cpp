// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/row_diff_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

NamedColumn column(const std::string& name, ColumnKind kind)
{
  return {name, std::string(type_of_kind(kind)), kind, true};
}

TEST(CellTolerance, IsReadFromText)
{
  EXPECT_EQ(parse_cell_tolerance("0.5").tolerance, (model::Tolerance{0.5, 0}));
  EXPECT_EQ(parse_cell_tolerance("0.5").column, "");
  EXPECT_EQ(parse_cell_tolerance("1%").tolerance, (model::Tolerance{0, 0.01}));
  EXPECT_EQ(parse_cell_tolerance("price=2").column, "price");
  EXPECT_EQ(parse_cell_tolerance("a=b=2%").column, "a=b");
  EXPECT_EQ(parse_cell_tolerance("0").tolerance, model::Tolerance{});
  for (const std::string text :
       {"", "x", "-1", "=1", "price=", "price", "1%%", "nan", "inf", "%"}) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr("--tolerance '" + text + "'"),
                          [&] { parse_cell_tolerance(text); });
  }
}

TEST(ColumnNames, MayHaveCommasInThem)
{
  const std::vector<std::string> known = {"a", "b", "a,b", " c"};
  EXPECT_THAT(column_names("--key", {"a,b"}, known, "a"), ElementsAre("a,b"));
  EXPECT_THAT(column_names("--key", {"b,a"}, known, "a"), ElementsAre("b", "a"));
  EXPECT_THAT(column_names("--key", {"a", "b,a", " c"}, known, "a"), ElementsAre("a", "b", " c"));
  testing::expect_error(model::ErrorKind::usage, HasSubstr("--key 'd': no such column in a"),
                        [&] { column_names("--key", {"a,d"}, known, "a"); });
}

TEST(ColumnNames, SayWhatIsNear)
{
  try {
    column_names("--key", {"store"}, {"store_id", "product_id"}, "a");
    FAIL();
  } catch (const model::Error& error) {
    EXPECT_EQ(error.hint(), "did you mean 'store_id'?");
  }
  try {
    column_names("--key", {"zzz"}, {"store_id", "product_id"}, "a");
    FAIL();
  } catch (const model::Error& error) {
    EXPECT_EQ(error.hint(), "it has: store_id, product_id");
  }
}

TEST(KeyPlaces, AreOfColumnsThatBothSidesHave)
{
  const std::vector<NamedColumn> a = {column("x", ColumnKind::text),
                                      column("id", ColumnKind::text)};
  const std::vector<NamedColumn> b = {column("id", ColumnKind::text),
                                      column("y", ColumnKind::text)};
  const auto match = match_columns(a, b, {});
  EXPECT_THAT(key_places({"id"}, a, b, match), ElementsAre(0));
  testing::expect_error(model::ErrorKind::usage, HasSubstr("--key 'x': no such column in b"),
                        [&] { key_places({"x"}, a, b, match); });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("--key 'y': no such column in a"),
                        [&] { key_places({"y"}, a, b, match); });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("--key 'id': the column is ignored"),
                        [&] { key_places({"id"}, a, b, match_columns(a, b, {"id"})); });
}

TEST(TolerancesOf, ANamedOneWinsOverOneForAll)
{
  const std::vector<NamedColumn> columns = {column("price", ColumnKind::floating),
                                            column("units", ColumnKind::integer),
                                            column("note", ColumnKind::text)};
  const auto match = match_columns(columns, columns, {});
  const auto tolerances =
      tolerances_of({{"price", {1, 0}}, {"", {0.5, 0}}}, columns, columns, match);
  EXPECT_EQ(tolerances[0], (model::Tolerance{1, 0}));
  EXPECT_EQ(tolerances[1], (model::Tolerance{0.5, 0}));
  EXPECT_EQ(tolerances[2], model::Tolerance{});
  testing::expect_error(model::ErrorKind::usage,
                        HasSubstr("--tolerance 'note': not a column of numbers"), [&] {
                          tolerances_of({{"note", {1, 0}}}, columns, columns, match);
                        });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("--tolerance 'prize': no such column"),
                        [&] {
                          tolerances_of({{"prize", {1, 0}}}, columns, columns, match);
                        });
}

}  // namespace
}  // namespace mlrepro::plan
