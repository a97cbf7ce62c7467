// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/csv_header.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro {
namespace {

using model::ErrorKind;
using plan::csv_columns;
using testing::expect_error;
using ::testing::HasSubstr;
using Names = std::vector<std::string>;

TEST(CsvHeader, FindsTheDelimiterOutsideQuotes)
{
  EXPECT_EQ(plan::csv_delimiter("a,b,c"), ',');
  EXPECT_EQ(plan::csv_delimiter("a;b;c"), ';');
  EXPECT_EQ(plan::csv_delimiter("\"a;b;c\",d"), ',');
  EXPECT_EQ(plan::csv_delimiter("a\tb"), '\t');
  EXPECT_EQ(plan::csv_delimiter("a|b"), '|');
  EXPECT_EQ(plan::csv_delimiter("alone"), ',');
}

TEST(CsvHeader, NamesColumns)
{
  EXPECT_EQ(csv_columns("a,b c,\"d,e\",\"f\"\"g\"", ','), (Names{"a", "b c", "d,e", "f\"g"}));
  EXPECT_EQ(csv_columns(",a,", ','), (Names{"column0", "a", "column2"}));
  EXPECT_EQ(csv_columns("one", ','), Names{"one"});
  EXPECT_EQ(csv_columns("\"two\nlines\",b", ','), (Names{"two\nlines", "b"}));
}

TEST(CsvHeader, RefusesNamesThatOccurTwice)
{
  expect_error(ErrorKind::usage, HasSubstr("columns 1 and 3 are both called 'A'"),
               [] { csv_columns("a,b,A", ','); });
  expect_error(ErrorKind::usage, HasSubstr("column1"), [] { csv_columns("column1,", ','); });
  expect_error(ErrorKind::usage, HasSubstr("closing quote"), [] { csv_columns("\"a\"b,c", ','); });
  expect_error(ErrorKind::usage, HasSubstr("column 2 has a zero byte"),
               [] { csv_columns(std::string_view("a,\0", 3), ','); });
}

TEST(CsvHeader, KnowsWhereARecordMayEnd)
{
  EXPECT_TRUE(plan::is_whole_record("a,\"b\"\"c\""));
  EXPECT_FALSE(plan::is_whole_record("a,\"b"));
}

}  // namespace
}  // namespace mlrepro
