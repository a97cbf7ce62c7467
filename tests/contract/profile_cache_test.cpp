// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>

#include "sqlite/sqlite_profile_cache.hpp"
#include "sqlite/sqlite_record_keeper.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"
#include "sqlite/transaction.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

model::Digest digest(char digit)
{
  return *model::Digest::parse(std::string(64, digit));
}

class ProfileCache : public ::testing::Test {
 protected:
  testing::TempDir folder_;
  sqlite::Database database_ =
      sqlite::Database::open(folder_ / "mlrepro.db", sqlite::Mode::read_write);
  sqlite::SqliteProfileCache cache_{database_};
  sqlite::SqliteRecordKeeper keeper_{database_};
};

TEST_F(ProfileCache, FindsWhatWasKept)
{
  EXPECT_TRUE(cache_.empty());
  EXPECT_FALSE(cache_.find(digest('a'), "csv"));
  cache_.keep({digest('a'), "csv", digest('1'), "first"});
  cache_.keep({digest('a'), "csv", digest('2'), "second"});
  EXPECT_FALSE(cache_.empty());
  EXPECT_EQ(cache_.find(digest('a'), "csv"), "second");
  EXPECT_FALSE(cache_.find(digest('a'), "tsv"));
  EXPECT_FALSE(cache_.find(digest('b'), "csv"));
}

TEST_F(ProfileCache, IsEmptyWithoutProfiles)
{
  const std::string key = std::string(ports::k_facts_key) + "1 csv";
  cache_.keep({digest('a'), key, digest('1'), "how it is read"});
  EXPECT_EQ(cache_.find(digest('a'), key), "how it is read");
  EXPECT_TRUE(cache_.empty());
  cache_.keep({digest('a'), "1 csv", digest('1'), "a profile"});
  EXPECT_FALSE(cache_.empty());
}

TEST_F(ProfileCache, ForgetsWithTheLastRecordOfItsSnapshot)
{
  sqlite::SqliteSnapshotStore snapshots(database_);
  model::Snapshot snapshot;
  snapshot.id = digest('1');
  snapshot.path = "x.csv";
  snapshots.record(snapshot);
  cache_.keep({digest('a'), "csv", digest('1'), "of a snapshot on record"});
  cache_.keep({digest('b'), "csv", digest('2'), "of none"});
  keeper_.forget({});
  EXPECT_TRUE(cache_.find(digest('a'), "csv"));
  EXPECT_FALSE(cache_.find(digest('b'), "csv"));
  ports::ForgottenRecords records;
  records.snapshots = {digest('1')};
  keeper_.forget(records);
  EXPECT_TRUE(cache_.empty());
}

TEST_F(ProfileCache, KeepsNothingOfContentThatWasDestroyed)
{
  cache_.keep({digest('a'), "csv", digest('1'), "quotes the table"});
  ports::CondemnedContent content;
  content.digest = digest('a');
  content.path = "x.csv";
  keeper_.condemn({content}, model::Timestamp{1});
  EXPECT_TRUE(cache_.empty());
  cache_.keep({digest('a'), "csv", digest('1'), "quotes the table"});
  EXPECT_TRUE(cache_.empty());
}

TEST_F(ProfileCache, TriesWithoutWaitingForWhoWrites)
{
  using Clock = std::chrono::steady_clock;
  const std::int64_t usual = database_.query_integer("PRAGMA busy_timeout");
  EXPECT_GT(usual, 0);
  {
    sqlite::Database other =
        sqlite::Database::open(folder_ / "mlrepro.db", sqlite::Mode::read_write);
    const sqlite::Transaction writes(other);
    const auto begin = Clock::now();
    EXPECT_FALSE(cache_.try_keep({digest('a'), "csv", digest('1'), "too early"}));
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
    EXPECT_FALSE(cache_.find(digest('a'), "csv"));
    EXPECT_EQ(database_.query_integer("PRAGMA busy_timeout"), usual);
  }
  EXPECT_TRUE(cache_.try_keep({digest('a'), "csv", digest('1'), "first"}));
  EXPECT_TRUE(cache_.try_keep({digest('a'), "csv", digest('1'), "second"}));
  EXPECT_EQ(cache_.find(digest('a'), "csv"), "second");
  EXPECT_EQ(database_.query_integer("PRAGMA busy_timeout"), usual);
}

TEST_F(ProfileCache, TriesWithoutStandingInTheQueue)
{
  sqlite::Database other = sqlite::Database::open(folder_ / "mlrepro.db", sqlite::Mode::read_write);
  const sqlite::QueueTicket first(other);
  EXPECT_TRUE(cache_.try_keep({digest('a'), "csv", digest('1'), "while nobody writes yet"}));
  EXPECT_TRUE(cache_.find(digest('a'), "csv"));
}

TEST_F(ProfileCache, TriesNothingWhereItCanOnlyRead)
{
  sqlite::Database readable =
      sqlite::Database::open(folder_ / "mlrepro.db", sqlite::Mode::read_only);
  sqlite::SqliteProfileCache cache(readable);
  EXPECT_FALSE(cache.try_keep({digest('a'), "csv", digest('1'), "how it is read"}));
  EXPECT_FALSE(cache_.find(digest('a'), "csv"));
}

TEST_F(ProfileCache, TriesNothingOfContentThatWasDestroyed)
{
  ports::CondemnedContent content;
  content.digest = digest('a');
  content.path = "x.csv";
  keeper_.condemn({content}, model::Timestamp{1});
  EXPECT_TRUE(cache_.try_keep({digest('a'), "csv", digest('1'), "quotes the table"}));
  EXPECT_TRUE(cache_.empty());
}

}  // namespace
}  // namespace mlrepro
