// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/table_engine.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "mlrepro/model/error.hpp"
#include "support/expect_error.hpp"
#include "support/temp_dir.hpp"
#include "tables/duckdb_engine.hpp"

namespace mlrepro {
namespace {

using model::ErrorKind;
using ports::TableValue;
using ::testing::AllOf;
using testing::expect_error;
using ::testing::HasSubstr;
using Row = std::vector<TableValue>;

class TableEngine : public ::testing::Test {
 protected:
  void SetUp() override
  {
    try {
      session_ = open(std::uint64_t{1} << 30, "");
    } catch (const model::Error& error) {
      GTEST_SKIP() << error.message() << "; " << error.hint();
    }
  }

  std::unique_ptr<ports::TableSession> open(std::uint64_t bytes, const std::string& spill)
  {
    ports::TableLimits limits;
    limits.memory_bytes = bytes;
    limits.threads = 2;
    limits.spill_folder = spill;
    return engine_.open(limits);
  }

  std::vector<Row> all(const std::string& sql) const
  {
    const auto rows = session_->query(sql);
    std::vector<Row> found;
    Row row;
    while (rows->next(row)) {
      found.push_back(row);
    }
    return found;
  }

  Row only(const std::string& sql) const
  {
    const auto rows = all(sql);
    return rows.size() == 1 ? rows.front() : Row();
  }

  std::vector<std::string> types(const std::string& sql) const
  {
    std::vector<std::string> found;
    const auto rows = session_->query(sql);
    for (const ports::TableColumn& column : rows->columns()) {
      found.push_back(column.type);
    }
    return found;
  }

  tables::DuckdbEngine engine_;
  std::unique_ptr<ports::TableSession> session_;
};

TEST_F(TableEngine, SaysItsVersion)
{
  EXPECT_THAT(engine_.version(), HasSubstr("v1."));
}

TEST_F(TableEngine, GivesEachKindOfCellItsForm)
{
  EXPECT_EQ(only("SELECT NULL, true, 1::TINYINT, -2::SMALLINT, 3, -4::BIGINT, 5::UTINYINT, "
                 "6::USMALLINT, 7::UINTEGER, 8::UBIGINT"),
            (Row{{},
                 true,
                 std::int64_t{1},
                 std::int64_t{-2},
                 std::int64_t{3},
                 std::int64_t{-4},
                 std::int64_t{5},
                 std::int64_t{6},
                 std::int64_t{7},
                 std::int64_t{8}}));
  EXPECT_EQ(only("SELECT 0.5::FLOAT, 0.1::DOUBLE, 'short', 'longer than twelve bytes', ''"),
            (Row{0.5, 0.1, "short", "longer than twelve bytes", ""}));
  EXPECT_EQ(only("SELECT 18446744073709551615::UBIGINT, 170141183460469231731687303715884105727, "
                 "'-170141183460469231731687303715884105728'::HUGEINT, 5::HUGEINT, -5::HUGEINT"),
            (Row{"18446744073709551615", "170141183460469231731687303715884105727",
                 "-170141183460469231731687303715884105728", std::int64_t{5}, std::int64_t{-5}}));
}

TEST_F(TableEngine, WritesWhatHasNoFormAsText)
{
  const std::string sql =
      "SELECT 1.50::DECIMAL(10,2) AS a, DATE '2021-07-04' AS a, TIMESTAMP '2021-07-04 01:02:03' AS "
      "t, "
      "[1, 2] AS l, {'x': 1, 'y': 'z'} AS s, NULL::DATE AS n, 7 AS i -- a comment at the end";
  EXPECT_EQ(only(sql), (Row{"1.50",
                            "2021-07-04",
                            "2021-07-04 01:02:03",
                            "[1, 2]",
                            "{'x': 1, 'y': z}",
                            {},
                            std::int64_t{7}}));
  EXPECT_EQ(types(sql),
            (std::vector<std::string>{"DECIMAL(10,2)", "DATE", "TIMESTAMP", "INTEGER[]",
                                      "STRUCT(x INTEGER, y VARCHAR)", "DATE", "INTEGER"}));
  const auto rows = session_->query(sql);
  EXPECT_EQ(rows->columns()[0].name, "a");
  EXPECT_EQ(rows->columns()[1].name, "a");
}

TEST_F(TableEngine, KeepsTheOrderThatWasAskedForWhereCellsBecomeText)
{
  const auto rows =
      session_->query("SELECT i::DECIMAL(18,1) FROM range(100000) t(i) ORDER BY i DESC");
  Row row;
  for (int i = 99'999; i >= 0; --i) {
    ASSERT_TRUE(rows->next(row));
    ASSERT_EQ(row.front(), TableValue(std::to_string(i) + ".0"));
  }
  EXPECT_FALSE(rows->next(row));
}

TEST_F(TableEngine, ReadsSeveralAnswersAtOnce)
{
  const auto up = session_->query("SELECT i FROM range(10000) t(i)");
  const auto down = session_->query("SELECT 10000 - i FROM range(10000) t(i)");
  Row a;
  Row b;
  std::int64_t count = 0;
  while (up->next(a) && down->next(b)) {
    ASSERT_EQ(std::get<std::int64_t>(a[0]) + std::get<std::int64_t>(b[0]), 10'000);
    ++count;
  }
  EXPECT_EQ(count, 10'000);
}

TEST_F(TableEngine, TakesRowsAndCastsThem)
{
  session_->execute(
      "CREATE TABLE t (i BIGINT, d DOUBLE, s VARCHAR, b BOOLEAN, day DATE, m DECIMAL(8,2))");
  const auto table = session_->append("t");
  for (std::int64_t i = 0; i < 5000; ++i) {
    table->add({i, 0.5, "text", true, "2021-01-31", "12.34"});
  }
  table->add({{}, {}, {}, {}, {}, {}});
  table->finish();
  EXPECT_EQ(only("SELECT count(*), count(i), sum(i), max(day), sum(m) FROM t"),
            (Row{std::int64_t{5001}, std::int64_t{5000}, std::int64_t{12'497'500}, "2021-01-31",
                 "61700.00"}));
}

TEST_F(TableEngine, RefusesRowsThatDoNotFitTheTable)
{
  session_->execute("CREATE TABLE t (i BIGINT, day DATE)");
  expect_error(ErrorKind::usage, HasSubstr("x"), [&] {
    const auto table = session_->append("t");
    table->add({std::int64_t{1}, "no day x"});
    table->finish();
  });
  expect_error(ErrorKind::usage, HasSubstr("u"), [&] { session_->append("unknown"); });
  expect_error(ErrorKind::usage, HasSubstr(""), [&] {
    const auto table = session_->append("t");
    table->add({std::int64_t{1}});
  });
}

TEST_F(TableEngine, TellsWhatIsWrongWithSql)
{
  expect_error(ErrorKind::usage, HasSubstr("nothere"), [&] { all("SELECT * FROM nothere"); });
  expect_error(ErrorKind::usage, HasSubstr("syntax error"), [&] { all("SELEC 1"); });
  expect_error(ErrorKind::usage, HasSubstr("several statements"),
               [&] { all("SELECT 1; SELECT 2"); });
  expect_error(ErrorKind::usage, HasSubstr("without a statement"), [&] { all(" -- nothing"); });
  expect_error(ErrorKind::usage, HasSubstr("parameter"), [&] { all("SELECT ?"); });
  expect_error(ErrorKind::usage, HasSubstr("zero byte"),
               [&] { all(std::string("SELECT 1\0", 9)); });
  expect_error(ErrorKind::usage, HasSubstr("abc"), [&] { all("SELECT 'abc'::BIGINT"); });
  expect_error(ErrorKind::usage, HasSubstr("row 5000"), [&] {
    all("SELECT CASE WHEN i = 5000 THEN error('row 5000') ELSE i END FROM range(10000) t(i)");
  });
}

TEST_F(TableEngine, NamesTheLineOfCsvThatIsWrong)
{
  const testing::TempDir scratch;
  const std::string path = scratch.path() + "/x.csv";
  const auto read = [&](const std::string& text) {
    std::ofstream(path) << text;
    all("SELECT count(a), count(b) FROM read_csv('" + path +
        "', auto_detect=false, header=true, delim=',', quote='\"', escape='\"', strict_mode=true, "
        "columns={'a': 'BIGINT', 'b': 'VARCHAR'})");
  };
  const std::string file = "file '" + path + "': ";
  read("a,b\n1,x\n");
  expect_error(ErrorKind::usage, ::testing::StrEq(file + "line 3: 1 cell where the header has 2"),
               [&] { read("a,b\n1,x\n2\n"); });
  expect_error(ErrorKind::usage, ::testing::StrEq(file + "line 2: 3 cells where the header has 2"),
               [&] { read("a,b\n1,x,y\n"); });
  expect_error(ErrorKind::usage, ::testing::StrEq(file + "line 2: bytes that are not UTF-8"),
               [&] { read("a,b\n1,caf\xe9\n"); });
  expect_error(ErrorKind::usage, AllOf(HasSubstr(file + "line 2: "), HasSubstr("quote")),
               [&] { read("a,b\n1,\"open\n2,x\n"); });
  expect_error(ErrorKind::usage, AllOf(HasSubstr(file + "line 2: "), HasSubstr("\"a\"")),
               [&] { read("a,b\nx,y\n"); });
}

TEST_F(TableEngine, NamesTheLineOfJsonThatIsWrong)
{
  const testing::TempDir scratch;
  const std::string path = scratch.path() + "/x.jsonl";
  std::ofstream(path) << "{\"a\": 1}\n{\"a\" 2}\n";
  expect_error(ErrorKind::usage,
               ::testing::StrEq("file '" + path + "': line 2: not JSON: unexpected character"),
               [&] { all("SELECT * FROM read_json('" + path + "', format='newline_delimited')"); });
}

TEST_F(TableEngine, WritesParquet)
{
  const testing::TempDir scratch;
  const std::string path = scratch.path() + "/it's.parquet";
  EXPECT_EQ(
      session_->write_parquet("SELECT i, i::VARCHAR AS s FROM range(3000) t(i); -- all", {path}),
      3000U);
  EXPECT_EQ(only("SELECT count(*), max(i) FROM read_parquet(" + ports::quoted_text(path) + ")"),
            (Row{std::int64_t{3000}, std::int64_t{2999}}));
  const ports::ParquetFile groups{scratch.path() + "/groups.parquet", 2048};
  session_->write_parquet("SELECT * FROM range(5000)", groups);
  EXPECT_EQ(only("SELECT num_row_groups FROM parquet_file_metadata('" + groups.path + "')"),
            Row{std::int64_t{3}});
  expect_error(ErrorKind::usage, HasSubstr("no SELECT"),
               [&] { session_->write_parquet("CREATE TABLE t (i INT)", {path}); });
}

TEST_F(TableEngine, SpillsWhatDoesNotFitAndSaysSoWhereItMayNot)
{
  const testing::TempDir scratch;
  const std::string sql =
      "SELECT count(*) FROM (SELECT DISTINCT md5(i::VARCHAR) FROM range(1500000) t(i))";
  session_ = open(110'000'000, scratch.path());
  EXPECT_EQ(only(sql), Row{std::int64_t{1'500'000}});
  session_ = open(110'000'000, "");
  expect_error(ErrorKind::io, HasSubstr("does not fit"), [&] { all(sql); });
}

class ConfinedTableEngine : public TableEngine {
 protected:
  void SetUp() override
  {
    TableEngine::SetUp();
    if (session_ == nullptr) {
      return;
    }
    std::ofstream(inside_.path() + "/in.csv") << "a\n1\n";
    std::ofstream(outside_.path() + "/out.csv") << "a\n1\n";
    std::ofstream(outside_.path() + "/one.csv") << "a\n7\n";
    session_->execute("CREATE TABLE made AS SELECT 1 AS i");
    session_->confine({{inside_.path()}, {outside_.path() + "/one.csv"}});
  }

  testing::TempDir inside_;
  testing::TempDir outside_;
};

TEST_F(TableEngine, UsesAnAttachedDatabase)
{
  const testing::TempDir folder;
  const std::string path = ports::quoted_text(folder.path() + "/x.db");
  session_->execute("ATTACH " + path +
                    " AS \"an other\"; CREATE TABLE \"an other\".t AS SELECT 5 AS i; "
                    "CREATE MACRO \"an other\".twice(x) AS 2 * x");
  EXPECT_ANY_THROW(all("SELECT * FROM t"));
  session_->use_database("an other");
  session_->confine({});
  EXPECT_EQ(only("SELECT twice(i)::BIGINT FROM t"), Row{std::int64_t{10}});
  EXPECT_EQ(only("SELECT [i] FROM t"), Row{std::string("[5]")});
  expect_error(ErrorKind::usage, HasSubstr("nowhere"), [&] { session_->use_database("nowhere"); });
}

TEST_F(TableEngine, IsInUtc)
{
  EXPECT_EQ(only("SELECT CAST(TIMESTAMPTZ '2021-06-01 00:30:00+02' AS VARCHAR)"),
            Row{std::string("2021-05-31 22:30:00+00")});
}

TEST_F(ConfinedTableEngine, ReadsItsFoldersAndMakesTables)
{
  EXPECT_EQ(only("SELECT * FROM read_csv('" + inside_.path() + "/in.csv')"), Row{std::int64_t{1}});
  EXPECT_EQ(only("SELECT * FROM read_csv('" + outside_.path() + "/one.csv')"),
            Row{std::int64_t{7}});
  session_->execute(
      "CREATE TABLE more AS SELECT i + 1 AS i FROM made; INSERT INTO more VALUES (9)");
  EXPECT_EQ(only("SELECT max(i) FROM more"), Row{std::int64_t{9}});
  EXPECT_EQ(session_->write_parquet("SELECT * FROM made", {inside_.path() + "/new.parquet"}), 1U);
}

TEST_F(ConfinedTableEngine, ReadsNothingElse)
{
  const std::string out = outside_.path() + "/out.csv";
  const std::string around =
      inside_.path() + "/../" + out.substr(out.find_last_of('/', out.rfind('/') - 1) + 1);
  for (const std::string& sql : std::vector<std::string>{
           "SELECT * FROM read_csv('" + out + "')", "SELECT * FROM read_text('/etc/passwd')",
           "SELECT * FROM read_blob('/etc/passwd')", "SELECT * FROM '/etc/passwd.csv'",
           "SELECT * FROM glob('/etc/*')", "SELECT * FROM read_csv('" + around + "')",
           "SELECT * FROM read_csv('" + inside_.path() + "x/../out.csv')",
           "SELECT * FROM read_csv('https://example.org/x.csv')",
           "SELECT * FROM sniff_csv('/etc/passwd')",
           "SELECT * FROM parquet_metadata('/etc/passwd')",
           "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')"}) {
    EXPECT_THROW(all(sql), model::Error) << sql;
  }
}

TEST_F(ConfinedTableEngine, RunsNothingThatReachesOut)
{
  const std::string in = inside_.path();
  for (const std::string& sql : std::vector<std::string>{
           "COPY made TO '" + in + "/x.csv'", "COPY made FROM '" + in + "/in.csv'",
           "EXPORT DATABASE '" + in + "/all'", "ATTACH '" + in + "/x.db'", "INSTALL httpfs",
           "LOAD httpfs", "LOAD '" + in + "/x.duckdb_extension'", "SET lock_configuration = false",
           "SET enable_external_access = true", "RESET allowed_directories",
           "PRAGMA enable_profiling", "CALL pragma_version()", "SET VARIABLE x = 1",
           "EXPLAIN ANALYZE COPY made TO '" + in + "/x.csv'", "CHECKPOINT",
           "IMPORT DATABASE '" + in + "'"}) {
    EXPECT_THROW(session_->execute(sql), model::Error) << sql;
    EXPECT_THROW(all(sql), model::Error) << sql;
  }
  expect_error(ErrorKind::usage, HasSubstr("no SELECT"), [&] { all("CREATE TABLE t (i INT)"); });
  EXPECT_ANY_THROW(session_->write_parquet("SELECT 1", {outside_.path() + "/x.parquet"}));
}

TEST(TableEngineText, QuotesTextAndNames)
{
  EXPECT_EQ(ports::quoted_text("it's"), "'it''s'");
  EXPECT_EQ(ports::quoted_name("a \"b\""), "\"a \"\"b\"\"\"");
}

}  // namespace
}  // namespace mlrepro
