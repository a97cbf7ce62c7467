// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/stored_column.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mlrepro::plan {
namespace {

std::string decimal(const char* stored_as, const std::vector<const char*>& values)
{
  StoredColumn column(stored_as, "numeric");
  for (const char* value : values) {
    column.see_text(value);
  }
  return column.type();
}

TEST(StoredColumn, DecimalNumbersGetThePlacesThatTheyHave)
{
  EXPECT_EQ(decimal("DECIMAL", {}), "DECIMAL(18,0)");
  EXPECT_EQ(decimal("DECIMAL", {"1", "-2.50", "+.125", "3."}), "DECIMAL(18,3)");
  EXPECT_EQ(decimal("DECIMAL", {"123456789012.0000001"}), "DECIMAL(38,7)");
  EXPECT_EQ(decimal("DECIMAL", {"00000000000000000001.5"}), "DECIMAL(18,1)");
  EXPECT_EQ(decimal("DECIMAL", {"12345678901234567890123456789", "0.0000000001"}), "DOUBLE");
  EXPECT_EQ(decimal("DECIMAL", {"1", "NaN"}), "DOUBLE");
  EXPECT_EQ(decimal("DECIMAL(10,2)", {"1.50"}), "DECIMAL(10,2)");
  EXPECT_EQ(decimal("DECIMAL(10,2)", {"-Infinity"}), "DOUBLE");
}

TEST(StoredColumn, SaysWhereDigitsGetLost)
{
  StoredColumn column("DECIMAL(10,2)", "numeric(10,2)");
  EXPECT_EQ(column.loss(), "");
  column.see_text("NaN");
  EXPECT_NE(column.loss(), "");
  EXPECT_EQ(column.expression("c1"), "CAST(c1 AS DOUBLE)");
}

TEST(StoredColumn, ValuesDecideWhereTheSourceDoesNot)
{
  const auto type_of = [](auto see, const char* declared) {
    StoredColumn column("", declared);
    see(column);
    return column.type();
  };
  const auto whole = [](StoredColumn& column) { column.see_whole("12"); };
  const auto large = [](StoredColumn& column) { column.see_whole("9223372036854775807"); };
  const auto real = [](StoredColumn& column) { column.see_real(); };
  const auto text = [](StoredColumn& column) { column.see_text("x"); };
  const auto both = [](auto a, auto b) {
    return [a, b](StoredColumn& column) {
      a(column);
      b(column);
    };
  };
  const auto none = [](StoredColumn& /*column*/) {};
  EXPECT_EQ(type_of(whole, "TEXT"), "BIGINT");
  EXPECT_EQ(type_of(real, "INT"), "DOUBLE");
  EXPECT_EQ(type_of(both(whole, real), ""), "DOUBLE");
  EXPECT_EQ(type_of(both(large, real), ""), "VARCHAR");
  EXPECT_EQ(type_of(both(whole, text), "INT"), "VARCHAR");
  EXPECT_EQ(type_of([](StoredColumn& column) { column.see_bytes(); }, ""), "BLOB");
  EXPECT_EQ(type_of(none, "bigint"), "BIGINT");
  EXPECT_EQ(type_of(none, "Double Precision"), "DOUBLE");
  EXPECT_EQ(type_of(none, "varchar(9)"), "VARCHAR");
  EXPECT_EQ(type_of(none, ""), "VARCHAR");
}

TEST(StoredColumn, DatesAreDatesToTheirEnd)
{
  EXPECT_TRUE(StoredColumn("DATE", "date").holds("2021-06-01"));
  EXPECT_TRUE(StoredColumn("DATE", "date").holds("-infinity"));
  EXPECT_FALSE(StoredColumn("DATE", "date").holds("0044-03-15 BC"));
  EXPECT_FALSE(StoredColumn("DATE", "date").holds("2021-06-01 10:00:00"));
  EXPECT_TRUE(StoredColumn("TIMESTAMP WITH TIME ZONE", "").holds("2021-06-01 01:02:03.5+00"));
  EXPECT_FALSE(StoredColumn("TIMESTAMP", "").holds("0044-03-15 10:00:00 BC"));
  EXPECT_TRUE(StoredColumn("TIME", "").holds("24:00:00"));
  EXPECT_TRUE(StoredColumn("VARCHAR", "").holds("BC"));
}

TEST(StoredColumn, BytesAreNotMixedWithOthers)
{
  StoredColumn column("", "");
  column.see_bytes();
  EXPECT_FALSE(column.is_mixed());
  EXPECT_EQ(column.expression("c0"), "unhex(c0)");
  column.see_whole("1");
  EXPECT_TRUE(column.is_mixed());
}

}  // namespace
}  // namespace mlrepro::plan
