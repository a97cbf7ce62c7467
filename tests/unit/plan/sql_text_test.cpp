// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sql_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"
#include "support/error_of.hpp"

namespace mlrepro::plan {
namespace {

using model::ErrorKind;
using testing::error_of;

TEST(SqlText, TakesOneQueryAsItStands)
{
  EXPECT_EQ(single_query("  SELECT 1 ;\n; -- that is all\n"), "SELECT 1");
  EXPECT_EQ(single_query("with x as (select ';') select * from x"),
            "with x as (select ';') select * from x");
  EXPECT_EQ(single_query("-- why\n/* a /* nested */ ; */ SELECT 'it''s; fine', \"a;b\""),
            "SELECT 'it''s; fine', \"a;b\"");
  EXPECT_EQ(single_query("SELECT E'a\\';b', $$c;d$$, $q$e;$$;f$q$ FROM t"),
            "SELECT E'a\\';b', $$c;d$$, $q$e;$$;f$q$ FROM t");
  EXPECT_EQ(single_query("(SELECT 1) UNION (SELECT 2)"), "(SELECT 1) UNION (SELECT 2)");
  EXPECT_EQ(single_query("SELECT price$1 FROM t WHERE a = $1"),
            "SELECT price$1 FROM t WHERE a = $1");
  EXPECT_EQ(single_query("SELECT 'open"), "SELECT 'open");
}

TEST(SqlText, RefusesWhatIsNotOneQuery)
{
  for (const char* sql :
       {"", "  ", ";", "-- nothing", "/* open", "SELECT 1; SELECT 2", "SELECT 1;;DROP TABLE t",
        "DELETE FROM t", "'SELECT 1'", "\"x\"", "SELECT 1) TO STDOUT; DROP TABLE t; --",
        "COPY t TO STDOUT", "EXPLAIN SELECT 1", "SELECT 'a\\'; DROP TABLE t",
        "SELECT a AS x$b$ FROM t; DELETE FROM t -- $b$", "SELECT a AS x$E'\\'; DELETE FROM t -- '",
        "SELECT 1 -- a\r; DELETE FROM t"}) {
    EXPECT_EQ(error_of([&] { (void)single_query(sql); }).kind(), ErrorKind::usage) << sql;
  }
}

TEST(SqlText, RefusesPartsThatWrite)
{
  for (const char* sql :
       {"SELECT * INTO copy FROM t", "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
        "with x as (/* all */ insert into t values (1) returning *) select * "
        "from x",
        "WITH x AS (UPDATE ONLY t SET a = 1 RETURNING *) SELECT * FROM x",
        "WITH x AS (SELECT 1) DELETE FROM t", "WITH x AS (SELECT 1) UPDATE \"t\" SET a = 1",
        "WITH x AS (SELECT 1) DELETE t FROM t JOIN x",
        "WITH x AS (SELECT 1 AS a) MERGE t USING x ON t.a = x.a WHEN MATCHED "
        "THEN DELETE",
        "SELECT * FROM t INTO OUTFILE '/tmp/x'", "SELECT * INTO name FROM t",
        "SELECT 1. INTO copy FROM t", "WITH x AS (SELECT 1 AS a) INSERT t SELECT a FROM x"}) {
    EXPECT_THAT(error_of([&] { (void)single_query(sql); }).message(),
                ::testing::HasSubstr(", which writes"))
        << sql;
  }
  for (const char* sql :
       {"SELECT 'INTO', \"into\", [into] FROM t -- INTO x", "SELECT (update) FROM t",
        "SELECT count(delete), max(update) FROM log WHERE (merge IS NULL) AND "
        "(update = 1)",
        "SELECT replace(a, 'x', 'y'), insert(a, 1, 2, 'x') FROM t", "SELECT * FROM (SELECT 1) AS t",
        "SELECT a FROM t FOR UPDATE", "SELECT id AS into, t.into FROM t",
        "SELECT count(*) delete FROM data", "SELECT count(*) update FROM data"}) {
    EXPECT_EQ(single_query(sql).substr(0, 6), "SELECT") << sql;
  }
}

TEST(SqlText, TakesNamesOfUnpivotedColumns)
{
  const std::string sql =
      "WITH u AS (UNPIVOT data ON jan, feb INTO NAME month VALUE sales) SELECT * FROM u";
  EXPECT_EQ(single_query(sql), sql);
}

TEST(SqlText, RefusesWhatDatabasesReadDifferently)
{
  for (const char* sql :
       {"SELECT 1 AS a /* /* */ , 2 AS b -- */ */", "SELECT 1 /*! INTO OUTFILE 'x' */",
        "SELECT 1 /*M! + 1 */", "SELECT 5--1 FROM t", "SELECT '\\' DELETE FROM t -- '",
        "SELECT \"a\\\" FROM t", "SELECT $a$ DELETE FROM t $a$", "SELECT 1 -- a\r, 2",
        "SELECT 1 # '\n FROM t # '", "SELECT 1 # /*\n FROM t # */",
        "SELECT 1 AS [a'] FROM t, x AS [b']", "SELECT 1 AS [a--] FROM t", "SELECT 1 AS a\u00a0b"}) {
    EXPECT_THAT(error_of([&] { check_any_dialect(sql); }).message(),
                ::testing::HasSubstr("not all databases read alike"))
        << sql;
  }
  for (const char* sql :
       {"SELECT 1 AS a DELETE FROM t COMMIT", "SELECT 1 AS a DELETE [t]", "SELECT 1 AS a COMMIT",
        "WITH x AS (SELECT 1 AS a) INSERT t SELECT a FROM x", "SELECT 1. DELETE FROM t",
        "SELECT $.DELETE FROM t", "SELECT [(] EXEC ('x')", "SELECT 1 # AS\n INTO OUTFILE 'x'",
        "SELECT 1 AS a SET IMPLICIT_TRANSACTIONS OFF DROP TABLE t"}) {
    EXPECT_THAT(error_of([&] { check_any_dialect(sql); }).message(),
                ::testing::HasSubstr("begins another statement"))
        << sql;
  }
  for (const char* sql :
       {"SELECT a, 'it''s; \\n' AS b -- why\nFROM t /* all */ WHERE c = 'C:\\\\'",
        "SELECT [a b], x AS update, t.set, \"delete\", 'COMMIT' FROM t", "SELECT a FROM #t",
        "SELECT insert(a, 1, 2, 'x'), truncate(1.5, 0), replace(a, 'x', '#') FROM t",
        "SELECT ARRAY['a', 'b'], a # b FROM t ORDER BY 1", "SELECT prix AS \"pr\u00e9vu\" --\n"}) {
    EXPECT_NO_THROW(check_any_dialect(sql)) << sql;
  }
}

TEST(SqlText, KnowsWhetherAQueryHasAnOrder)
{
  EXPECT_TRUE(has_order("SELECT a FROM t ORDER BY a"));
  EXPECT_TRUE(has_order("select a from (select 1) order /* so */\nby 1"));
  EXPECT_FALSE(has_order("SELECT a FROM t"));
  EXPECT_FALSE(has_order("SELECT rank() OVER (ORDER BY a) FROM t"));
  EXPECT_FALSE(has_order("SELECT 'ORDER BY a' FROM t -- ORDER BY a"));
  EXPECT_FALSE(has_order("SELECT \"order\" FROM t"));
}

TEST(SqlText, KeepsQueriesWithoutTheirCredentials)
{
  EXPECT_EQ(
      scrub_query("SELECT * FROM dblink('host=h user=u password=s3cret dbname=d', 'SELECT 1')"),
      "SELECT * FROM dblink('host=h user=u password=*** dbname=d', 'SELECT 1')");
  EXPECT_EQ(scrub_query("SELECT * FROM f('postgresql://u:s3cret@h/d?sslpassword=x&a=b')"),
            "SELECT * FROM f('postgresql://***@h/d?sslpassword=***&a=b')");
  EXPECT_EQ(scrub_query("SELECT * FROM f($$password = s3cret$$)"),
            "SELECT * FROM f($$password = ***$$)");
  EXPECT_EQ(scrub_query("SELECT * FROM f('password=''a b'' host=h')"),
            "SELECT * FROM f('password=''***'' host=h')");
  EXPECT_EQ(scrub_query("SELECT 1 /* postgresql://u:s3cret@h/d */, 2 -- pwd=s3cret"),
            "SELECT 1 /* postgresql://xxx@h/d */, 2 -- pwd=xxx");
  EXPECT_EQ(scrub_query("SELECT 1 -- pwd=s3cret\n, 2 /* token=x*/ FROM t /* http://h/?token=x*/"),
            "SELECT 1 -- pwd=xxx\n, 2 /* token=xxx*/ FROM t /* http://h/?token=xxx*/");
  EXPECT_EQ(scrub_query("SELECT * FROM f(\"pwd=s3cret\")"), "SELECT * FROM f(\"pwd=***\")");
  EXPECT_EQ(scrub_query("SELECT * FROM f(password => 's3cret', api_key:='x', a => 'b')"),
            "SELECT * FROM f(password => '***', api_key:='***', a => 'b')");
  const std::string plain =
      "SELECT password, 'a=b' FROM t WHERE password = 'x' AND note = 'user=5'";
  EXPECT_EQ(scrub_query(plain), plain);
}

TEST(SqlText, KeepsNoPartOfASecret)
{
  for (const char* sql :
       {"SELECT f(password := E'hunter2')", "SELECT f(password := N'hunter2', a => 1)",
        "SELECT f(password := U&'hunter2')", "SELECT f(\"password\" := 'hunter2')",
        "SELECT f(password /* x */ := 'hunter2')", "SELECT f(password := 'x' || 'hunter2')",
        "SELECT f(password => concat('x', 'hunter2'))", "SELECT f('password=a''hunter2')",
        "SELECT f('password=a,hunter2;x')", "SELECT f('Server=h;PWD={a;hunter2};Port=1')",
        "SELECT f('{\"password\": \"hunter2\"}')", "SELECT 1 /* password: hunter2 */",
        "SELECT f(E'{\\\"password\\\":\\\"hunter2\\\"}')"}) {
    EXPECT_THAT(scrub_query(sql), ::testing::Not(::testing::HasSubstr("hunter2"))) << sql;
    EXPECT_EQ(scrub_query(scrub_query(sql)), scrub_query(sql)) << sql;
  }
}

TEST(SqlText, LeavesInnocentQueriesAsTheyAre)
{
  for (const char* sql :
       {"SELECT split_part(url, 'token=', 1) FROM t", "SELECT 1 FROM t WHERE '***' <> 'x'",
        "SELECT a AS \"a token=b\" FROM t", "SELECT t.\"a token=b\" FROM t",
        "SELECT 1 FROM t WHERE url LIKE '%token=%'",
        "SELECT 'The secret: a story', 'my::password::x'",
        "SELECT f(password => x, 'b'), password >= 'x' FROM t"}) {
    EXPECT_EQ(scrub_query(sql), sql);
    EXPECT_FALSE(lacks_credentials(sql)) << sql;
  }
  EXPECT_EQ(scrub_query("SELECT f(password := 'x' || g('y', 'z')), 'b'"),
            "SELECT f(password := '***' || g('***', '***')), 'b'");
}

TEST(SqlText, KnowsQueriesThatCantBeAskedAgain)
{
  EXPECT_TRUE(lacks_credentials("SELECT * FROM dblink('host=h password=***', 'SELECT 1')"));
  EXPECT_TRUE(lacks_credentials("SELECT * FROM f($$password = ***$$)"));
  EXPECT_TRUE(lacks_credentials("SELECT * FROM f('PWD=***;Server=h')"));
  EXPECT_TRUE(lacks_credentials("SELECT * FROM f(password => '***')"));
  EXPECT_FALSE(lacks_credentials("SELECT 1 /* postgresql://xxx@h/d */ -- pwd=***"));
  EXPECT_FALSE(lacks_credentials("SELECT 2 ***3, 'a***b' FROM t"));
}

}  // namespace
}  // namespace mlrepro::plan
