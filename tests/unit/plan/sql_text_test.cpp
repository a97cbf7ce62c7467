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
        "COPY t TO STDOUT", "EXPLAIN SELECT 1", "SELECT 'a\\'; DROP TABLE t"}) {
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
        "SELECT * FROM t INTO OUTFILE '/tmp/x'"}) {
    EXPECT_THAT(error_of([&] { (void)single_query(sql); }).message(),
                ::testing::HasSubstr(", which writes"))
        << sql;
  }
  for (const char* sql :
       {"SELECT 'INTO', \"into\", [into] FROM t -- INTO x", "SELECT (update) FROM t",
        "SELECT count(delete), max(update) FROM log WHERE (merge IS NULL) AND "
        "(update = 1)",
        "SELECT replace(a, 'x', 'y'), insert(a, 1, 2, 'x') FROM t", "SELECT * FROM (SELECT 1) AS t",
        "SELECT a FROM t FOR UPDATE"}) {
    EXPECT_EQ(single_query(sql).substr(0, 6), "SELECT") << sql;
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

TEST(SqlText, KnowsQueriesThatCantBeAskedAgain)
{
  EXPECT_TRUE(lacks_credentials("SELECT * FROM dblink('host=h password=***', 'SELECT 1')"));
  EXPECT_TRUE(lacks_credentials("SELECT * FROM f($$password = ***$$)"));
  EXPECT_TRUE(lacks_credentials("SELECT * FROM f(password => '***')"));
  EXPECT_FALSE(lacks_credentials("SELECT 1 /* postgresql://xxx@h/d */ -- pwd=***"));
  EXPECT_FALSE(lacks_credentials("SELECT 2 ***3, 'a***b' FROM t"));
}

}  // namespace
}  // namespace mlrepro::plan
