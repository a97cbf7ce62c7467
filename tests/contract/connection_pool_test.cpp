// SPDX-License-Identifier: Apache-2.0
#include "sqlite/connection_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "mlrepro/model/error.hpp"
#include "sqlite/statement.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

struct ConnectionPool : ::testing::Test {
  testing::TempDir folder;
  sqlite::ConnectionPool pool{folder / "mlrepro.db", sqlite::Durability::machine};

  void add(const std::string& name)
  {
    pool.write([&](sqlite::Database& database) {
      sqlite::Statement(database, "INSERT INTO experiments (name) VALUES (?)").bind(name).run();
    });
  }
  std::int64_t count()
  {
    return pool.read([](sqlite::Database& database) {
      return database.query_integer("SELECT count(*) FROM experiments");
    });
  }
};

TEST_F(ConnectionPool, WhatIsWrittenIsReadByEveryConnection)
{
  add("a");
  EXPECT_EQ(count(), 1);
  const auto other = sqlite::Database::open(folder / "mlrepro.db", sqlite::Mode::read_only);
  EXPECT_EQ(other.query_integer("SELECT count(*) FROM experiments"), 1);
  EXPECT_EQ(pool.write([](sqlite::Database& database) { return database.last_row(); }), 1);
}

// They may share a commit; one that fails takes none of the others along.
TEST_F(ConnectionPool, ManyThreadsWriteAndEachFailsForItself)
{
  constexpr int k_threads = 16;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < k_threads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        try {
          pool.write([&](sqlite::Database& database) {
            sqlite::Statement(database, "INSERT INTO experiments (name) VALUES (?)")
                .bind(std::to_string(t) + "-" + std::to_string(i))
                .run();
            if (i % 4 == 0) {
              throw model::Error(model::ErrorKind::usage, "no");
            }
          });
        } catch (const model::Error&) {
          ++failed;
        }
        (void)count();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failed, k_threads * 5);
  EXPECT_EQ(count(), k_threads * 15);
}

}  // namespace
}  // namespace mlrepro
