// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/row_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "mlrepro/model/error.hpp"
#include "sources/sqlite_source.hpp"
#include "support/error_of.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

using model::ErrorKind;
using ports::CellKind;
using testing::error_of;
using ::testing::HasSubstr;

// The servers are asked by the functional tests; what every source promises can be seen here.
class RowSource : public ::testing::Test {
 protected:
  RowSource() { execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a INT, b, c REAL, d TEXT)"); }

  void execute(const std::string& sql) const
  {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    sqlite3_close(handle);
  }
  [[nodiscard]] std::unique_ptr<ports::RowSource> open() const
  {
    return sources::open_sqlite(path_, "sqlite:t.db");
  }

  testing::TempDir folder_;
  std::string path_ = folder_.path() + "/t.db";
};

TEST_F(RowSource, CellsSayWhatTheyAre)
{
  execute("INSERT INTO t VALUES (-7, x'00ff', 0.1, ''), (NULL, 'x', 5e-324, NULL)");
  const auto source = open();
  EXPECT_EQ(source->identity().uri, "sqlite:t.db");
  const auto rows = source->query("SELECT a, b, c, d FROM t ORDER BY rowid");
  ASSERT_EQ(rows->columns().size(), 4U);
  EXPECT_EQ(rows->columns()[0].type, "INT");
  EXPECT_EQ(rows->columns()[1].type, "");
  std::vector<ports::SourceCell> row;
  ASSERT_TRUE(rows->next(row));
  EXPECT_EQ(row[0].kind, CellKind::whole);
  EXPECT_EQ(row[0].text, "-7");
  EXPECT_EQ(row[1].kind, CellKind::bytes);
  EXPECT_EQ(row[1].text, std::string("\0\xff", 2));
  EXPECT_EQ(row[2].text, "0.1");
  EXPECT_EQ(row[3].kind, CellKind::text);
  ASSERT_TRUE(rows->next(row));
  EXPECT_EQ(row[0].kind, CellKind::nothing);
  EXPECT_EQ(row[2].text, "5e-324");
  EXPECT_FALSE(rows->next(row));
}

TEST_F(RowSource, IsNeverWrittenTo)
{
  for (const char* sql : {"DELETE FROM t", "CREATE TABLE u (a)", "PRAGMA user_version = 5",
                          "WITH x AS (SELECT 1) INSERT INTO t (a) SELECT * FROM x"}) {
    EXPECT_EQ(error_of([&] {
                const auto source = open();
                const auto rows = source->query(sql);
                std::vector<ports::SourceCell> row;
                (void)rows->next(row);
              }).kind(),
              ErrorKind::usage)
        << sql;
  }
}

TEST_F(RowSource, NothingAppearsBesideAFileThatNobodyHasOpen)
{
  execute("INSERT INTO t (a) VALUES (1)");
  const auto source = open();
  const auto rows = source->query("SELECT a FROM t");
  std::vector<ports::SourceCell> row;
  EXPECT_TRUE(rows->next(row));
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path_ + "-shm"));
}

TEST_F(RowSource, NoticesThatAFileWasWrittenToMeanwhile)
{
  execute("INSERT INTO t (a) VALUES (1), (2)");
  const auto source = open();
  const auto rows = source->query("SELECT a FROM t");
  std::vector<ports::SourceCell> row;
  ASSERT_TRUE(rows->next(row));
  execute("INSERT INTO t (a) VALUES (3)");
  ASSERT_TRUE(rows->next(row));
  const auto error = error_of([&] { (void)rows->next(row); });
  EXPECT_EQ(error.kind(), ErrorKind::external);
  EXPECT_THAT(error.message(), HasSubstr("wrote to it while it was read"));
}

TEST_F(RowSource, SaysWhoseFaultItIs)
{
  EXPECT_EQ(error_of([&] { (void)open()->query("SELECT nope FROM t"); }).kind(), ErrorKind::usage);
  EXPECT_EQ(error_of([&] { (void)sources::open_sqlite(path_ + "x", "sqlite:x"); }).kind(),
            ErrorKind::external);
}

}  // namespace
}  // namespace mlrepro
