// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/query_text.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro {
namespace {

using model::ErrorKind;
using plan::parse_query;
using testing::expect_error;
using ::testing::HasSubstr;

TEST(QueryText, PutsViewsInThePlaceOfCalls)
{
  const plan::QueryText text =
      parse_query("SELECT * FROM snap('a') x JOIN Snap ( 'it''s:b/c.csv' ) USING (k), snap('a')");
  EXPECT_EQ(
      text.sql,
      "SELECT * FROM \"snap('a')\" x JOIN \"snap('it''s:b/c.csv')\" USING (k), \"snap('a')\"");
  EXPECT_EQ(text.snaps, (std::vector<plan::SnapCall>{{"a", "snap('a')"},
                                                     {"it's:b/c.csv", "snap('it''s:b/c.csv')"}}));
}

TEST(QueryText, SeesCallsOnlyWhereTheyAre)
{
  for (const char* sql :
       {"SELECT 'snap(''a'')'", "SELECT 1 -- snap('a')", "SELECT 1 /* snap('a') */",
        "SELECT \"snap('a')\" FROM t", "SELECT snap FROM t", "SELECT * FROM s.snap('a')",
        "SELECT $$ snap('a') $$"}) {
    const plan::QueryText text = parse_query(sql);
    EXPECT_TRUE(text.snaps.empty()) << sql;
  }
  EXPECT_EQ(parse_query("SELECT * FROM \"snap\"('a')").snaps.size(), 1U);
  EXPECT_EQ(parse_query("SELECT * FROM snap/**/(--\n'a')").snaps.size(), 1U);
}

TEST(QueryText, WantsOneText)
{
  for (const char* sql :
       {"FROM snap(a)", "FROM snap('a' || 'b')", "FROM snap()", "FROM snap('a', 'b')",
        "FROM snap('a'", "FROM snap(\"a\")", "FROM snap(1)"}) {
    expect_error(ErrorKind::usage, HasSubstr("one text"), [&] { parse_query(sql); });
  }
}

TEST(QueryText, ListsNames)
{
  const auto words = parse_query("SELECT Runs.id FROM RUNS, \"Metrics\" WHERE x = 'params'").words;
  EXPECT_TRUE(words.contains("runs"));
  EXPECT_TRUE(words.contains("Metrics"));
  EXPECT_FALSE(words.contains("params"));
}

TEST(QueryText, LetsOnlyReadingPass)
{
  for (const char* sql :
       {"SELECT 1", "(SELECT 1)", "FROM runs", "VALUES (1)", "DESCRIBE runs", "SUMMARIZE runs",
        "PIVOT runs ON name", "WITH t AS (SELECT \"delete\" FROM u) FROM t"}) {
    EXPECT_NO_THROW(parse_query(sql)) << sql;
  }
  for (const char* sql : {"COPY runs TO 'x'",
                          "ATTACH 'x'",
                          "INSTALL httpfs",
                          "LOAD httpfs",
                          "PRAGMA version",
                          "SET threads = 1",
                          "CREATE TABLE t (i INT)",
                          "DROP TABLE runs",
                          "INSERT INTO runs SELECT 1",
                          "DELETE FROM runs",
                          "UPDATE runs SET id = 1",
                          "EXPLAIN ANALYZE SELECT 1",
                          "CALL f()",
                          "EXPORT DATABASE 'x'",
                          "IMPORT DATABASE 'x'",
                          "BEGIN",
                          "CHECKPOINT",
                          "VACUUM",
                          "USE x",
                          "WITH t AS (SELECT 1) DELETE FROM runs",
                          "WITH t AS (SELECT 1) INSERT INTO runs FROM t",
                          "'SELECT'",
                          "\"SELECT\"",
                          "1"}) {
    expect_error(ErrorKind::usage, HasSubstr("not run here"), [&] { parse_query(sql); });
  }
  expect_error(ErrorKind::usage, HasSubstr("several"),
               [] { parse_query("SELECT 1; DROP TABLE runs"); });
}

}  // namespace
}  // namespace mlrepro
