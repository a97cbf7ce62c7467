// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sql_text.hpp"

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
  const std::string plain =
      "SELECT password, 'a=b' FROM t WHERE password = 'x' AND note = 'user=5'";
  EXPECT_EQ(scrub_query(plain), plain);
}

}  // namespace
}  // namespace mlrepro::plan
