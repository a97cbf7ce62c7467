// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "sqlite/database.hpp"
#include "sqlite/transaction.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::sqlite {
namespace {

constexpr std::uintmax_t k_longest_log = 251 * (4096 + 24) + 32;

Database open(const testing::TempDir& folder)
{
  return Database::open(folder / "mlrepro.db", Mode::read_write);
}

std::uintmax_t log_size(const testing::TempDir& folder)
{
  const std::string name = folder / "mlrepro.db-wal";
  return std::filesystem::exists(name) ? std::filesystem::file_size(name) : 0;
}

void add_experiment(Database& database, const std::string& name, int padding = 0)
{
  Transaction transaction(database);
  database.execute("INSERT INTO experiments (name) VALUES ('" + name + "' || hex(zeroblob(" +
                   std::to_string(padding) + ")))");
  transaction.commit();
}

TEST(WriteAheadLog, StaysWhenTheDatabaseIsClosedAndIsReadByTheNextOne)
{
  const testing::TempDir folder;
  {
    Database database = open(folder);
    add_experiment(database, "first");
  }
  EXPECT_GT(log_size(folder), 0U);
  Database again = open(folder);
  EXPECT_EQ(again.query_integer("SELECT count(*) FROM experiments"), 1);
}

TEST(WriteAheadLog, IsEmptiedWhenItIsLong)
{
  const testing::TempDir folder;
  Database database = open(folder);
  for (int i = 0; i < 300; ++i) {
    add_experiment(database, std::to_string(i) + "-", 3000);
    ASSERT_LE(log_size(folder), k_longest_log + std::uintmax_t{20} * 4120) << i;
  }
  add_experiment(database, "large", 2'000'000);
  EXPECT_EQ(log_size(folder), 0U);
  EXPECT_EQ(database.query_integer("SELECT count(*) FROM experiments"), 301);
}

TEST(WriteAheadLog, WaitsForNobodyWhoReadsIt)
{
  const testing::TempDir folder;
  Database writer = open(folder);
  Database reader = open(folder);
  {
    const ReadTransaction reading(reader);
    EXPECT_EQ(reader.query_integer("SELECT count(*) FROM experiments"), 0);
    add_experiment(writer, "large", 2'000'000);
    EXPECT_GT(log_size(folder), k_longest_log);
    EXPECT_EQ(reader.query_integer("SELECT count(*) FROM experiments"), 0);
  }
  add_experiment(writer, "after");
  EXPECT_EQ(log_size(folder), 0U);
  EXPECT_EQ(reader.query_integer("SELECT count(*) FROM experiments"), 2);
}

}  // namespace
}  // namespace mlrepro::sqlite
