// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/snapshot_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "sqlite/database.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"

namespace mlrepro {
namespace {

model::Digest numbered_digest(std::uint8_t byte)
{
  model::Digest::Bytes bytes{};
  bytes.fill(byte);
  return model::Digest(bytes);
}

class SnapshotStore : public ::testing::Test {
 protected:
  static std::string make_folder()
  {
    std::string name = ::testing::TempDir() + "/mlrepro-snapshots-XXXXXX";
    return ::mkdtemp(name.data());
  }
  ~SnapshotStore() override
  {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string folder_ = make_folder();
  sqlite::Database database_ =
      sqlite::Database::open(folder_ + "/mlrepro.db", sqlite::Mode::read_write);
  sqlite::SqliteSnapshotStore store_{database_};
};

TEST_F(SnapshotStore, ListsEveryEntryNewestFirst)
{
  model::Snapshot full{numbered_digest(1),
                       "sales",
                       "da\xffta",
                       {5},
                       {"", model::EntryType::folder, true, UINT64_MAX, 3, numbered_digest(2)},
                       10,
                       7,
                       model::Stored::identity_only,
                       "odbc",
                       "dsn",
                       "",
                       model::RunId::from_bytes({1})};
  store_.record(full);
  store_.record(full);
  model::Snapshot other;
  other.id = numbered_digest(3);
  other.path = "b.csv";
  other.created_at = {9};
  store_.record(other);
  const auto all = store_.list({});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].path, "b.csv");
  EXPECT_EQ(all[0].source_uri, std::nullopt);
  EXPECT_EQ(all[1].id, full.id);
  EXPECT_EQ(all[1].path, full.path);
  EXPECT_EQ(all[1].root, full.root);
  EXPECT_EQ(all[1].created_at, full.created_at);
  EXPECT_EQ(all[1].stored_bytes, 10U);
  EXPECT_EQ(all[1].new_bytes, 7U);
  EXPECT_EQ(all[1].stored, full.stored);
  EXPECT_EQ(all[1].source_kind, "odbc");
  EXPECT_EQ(all[1].source_uri, "dsn");
  EXPECT_EQ(all[1].source_query, "");
  EXPECT_EQ(all[1].run, full.run);
  EXPECT_EQ(all[0].run, std::nullopt);
  EXPECT_EQ(store_.list({"0101", "", {}}).size(), 2U);
  EXPECT_EQ(store_.list({"0202", "", 1}).size(), 1U);
  EXPECT_EQ(store_.list({"", "sales", {}}).size(), 2U);
  EXPECT_EQ(store_.list({"", "b.csv", {}}).size(), 1U);
  EXPECT_TRUE(store_.list({"04", "", {}}).empty());
}

TEST_F(SnapshotStore, KeepsWhatIsKnownOfAQuerysAnswer)
{
  model::Snapshot taken;
  taken.id = numbered_digest(1);
  taken.name = "sales";
  taken.source_kind = "postgresql";
  taken.result = model::QueryResult{
      "PostgreSQL 15.18",
      "env:WAREHOUSE",
      UINT64_MAX,
      {"week desc", "store"},
      {{"a \"quoted\"\nname", "numeric(10,2)", "DECIMAL(10,2)", model::ColumnRole::feature},
       {"b", "", "VARCHAR", std::nullopt}}};
  store_.record(taken);
  model::Snapshot other;
  other.id = numbered_digest(1);
  store_.record(other);
  const auto all = store_.list({});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].result, std::nullopt);
  EXPECT_EQ(all[1].result, taken.result);
  const auto of_queries = store_.list({numbered_digest(1).hex(), "", 1, true});
  ASSERT_EQ(of_queries.size(), 1U);
  EXPECT_EQ(of_queries[0].name, "sales");
  database_.execute("DELETE FROM dataset_entries");
  EXPECT_EQ(database_.query_integer("SELECT count(*) FROM query_columns"), 0);
}

TEST_F(SnapshotStore, KnowsWhichRunsUseASnapshot)
{
  sqlite::SqliteRunStore runs(database_);
  model::Run run;
  run.id = model::RunId::from_bytes({1});
  run.inputs = {{"a", numbered_digest(1), {}, 0, 0, true, false}};
  run.outputs = run.inputs;
  runs.insert(run);
  EXPECT_EQ(store_.users(numbered_digest(1)), std::vector<model::RunId>{run.id});
  EXPECT_TRUE(store_.users(numbered_digest(2)).empty());
}

}  // namespace
}  // namespace mlrepro
