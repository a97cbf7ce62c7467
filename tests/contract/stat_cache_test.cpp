// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/stat_cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "sqlite/database.hpp"
#include "sqlite/sqlite_stat_cache.hpp"

namespace mlrepro {
namespace {

TEST(StatCache, ReplacesWhatItKnewOfOneRoot)
{
  std::string name = ::testing::TempDir() + "/mlrepro-cache-XXXXXX";
  const std::string folder = ::mkdtemp(name.data());
  {
    sqlite::Database database =
        sqlite::Database::open(folder + "/mlrepro.db", sqlite::Mode::read_write);
    sqlite::SqliteStatCache cache(database);
    ports::CachedFile file;
    file.stat = {ports::FileType::file, true, UINT64_MAX, -1, 2, UINT64_MAX - 1, 3};
    file.digest = model::Digest({7});
    file.stored = false;
    cache.save("/a", {{"", file}, {"x\xff/y", file}});
    cache.save("/b", {{"z", file}});
    const ports::CachedFiles loaded = cache.load("/a");
    ASSERT_EQ(loaded.size(), 2U);
    EXPECT_EQ(loaded.at("x\xff/y").stat, file.stat);
    EXPECT_EQ(loaded.at("").digest, file.digest);
    EXPECT_FALSE(loaded.at("").stored);
    ports::CachedFile changed = file;
    changed.stored = true;
    cache.save("/a", {{"", changed}});
    EXPECT_EQ(cache.load("/a").size(), 1U);
    EXPECT_TRUE(cache.load("/a").at("").stored);
    EXPECT_EQ(cache.load("/b").size(), 1U);
    EXPECT_TRUE(cache.load("/c").empty());
    cache.save("/a", {});
    EXPECT_TRUE(cache.load("/a").empty());
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mlrepro
