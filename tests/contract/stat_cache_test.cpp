// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/stat_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "storage/local_stat_cache.hpp"
#include "support/memory_stat_cache.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

ports::CachedEntry entry_called(const std::string& name, std::uint8_t content, bool certain = true)
{
  ports::CachedEntry entry;
  entry.name = name;
  entry.stat = {ports::FileType::file, true, UINT64_MAX, -1, INT64_MIN, UINT64_MAX - 1, 3};
  entry.digest = model::Digest({content});
  entry.certain = certain;
  return entry;
}

void add_folder(ports::StatCachePass& pass, const std::string& path,
                const std::vector<ports::CachedEntry>& entries)
{
  const auto recorder = pass.add(path);
  for (const auto& entry : entries) {
    recorder->add(entry);
  }
  recorder->finish({model::Digest({9}), UINT64_MAX, 7, entries.size()});
}

struct OnDisk {
  testing::TempDir folder;
  storage::LocalStatCache cache{folder.path() + "/cache"};
};
struct InMemory {
  testing::MemoryStatCache cache;
};

template <typename World>
class StatCache : public ::testing::Test {
 protected:
  World world_;
};
using Caches = ::testing::Types<OnDisk, InMemory>;
TYPED_TEST_SUITE(StatCache, Caches);

TYPED_TEST(StatCache, KnowsWhatWasCommitted)
{
  auto& cache = this->world_.cache;
  {
    const auto pass = cache.begin("/a");
    EXPECT_EQ(pass->find(""), nullptr);
    ports::CachedEntry folder;
    folder.name = "sub";
    folder.stat.type = ports::FileType::folder;
    folder.digest = model::Digest({4});
    add_folder(*pass, "", {entry_called("a\xff\n", 1), entry_called("b", 2, false), folder});
    add_folder(*pass, "sub", {});
    pass->commit();
  }
  const auto pass = cache.begin("/a");
  const auto root = pass->find("");
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->totals().digest, model::Digest({9}));
  EXPECT_EQ(root->totals().size, UINT64_MAX);
  EXPECT_EQ(root->totals().files, 7U);
  EXPECT_EQ(root->totals().entries, 3U);
  EXPECT_EQ(root->find("a"), nullptr);
  const auto* first = root->find("a\xff\n");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->stat, entry_called("", 1).stat);
  EXPECT_EQ(first->digest, model::Digest({1}));
  EXPECT_TRUE(first->certain);
  EXPECT_EQ(root->find("aa"), nullptr);
  const auto* second = root->find("b");
  ASSERT_NE(second, nullptr);
  EXPECT_FALSE(second->certain);
  const auto* sub = root->find("sub");
  ASSERT_NE(sub, nullptr);
  EXPECT_EQ(sub->stat.type, ports::FileType::folder);
  EXPECT_EQ(sub->digest, model::Digest({4}));
  EXPECT_EQ(root->find("zzz"), nullptr);
  const auto empty = pass->find("sub");
  ASSERT_NE(empty, nullptr);
  EXPECT_EQ(empty->find("a"), nullptr);
  EXPECT_EQ(pass->find("other"), nullptr);
  EXPECT_EQ(cache.begin("/b")->find(""), nullptr);
}

TYPED_TEST(StatCache, AnUncommittedPassChangesNothing)
{
  auto& cache = this->world_.cache;
  {
    const auto pass = cache.begin("/a");
    add_folder(*pass, "", {entry_called("x", 1)});
    pass->commit();
  }
  {
    const auto pass = cache.begin("/a");
    add_folder(*pass, "", {entry_called("y", 1)});
  }
  EXPECT_NE(cache.begin("/a")->find("")->find("x"), nullptr);
}

TYPED_TEST(StatCache, WhatIsNeitherKeptNorAddedIsForgotten)
{
  auto& cache = this->world_.cache;
  {
    const auto pass = cache.begin("/a");
    for (const char* path : {"", "a", "b", "c"}) {
      add_folder(*pass, path, {entry_called("x", 1)});
    }
    pass->commit();
  }
  {
    const auto pass = cache.begin("/a");
    pass->keep("c");
    add_folder(*pass, "b", {entry_called("y", 2)});
    pass->keep("");
    pass->commit();
  }
  {
    const auto pass = cache.begin("/a");
    EXPECT_NE(pass->find("")->find("x"), nullptr);
    EXPECT_EQ(pass->find("a"), nullptr);
    EXPECT_EQ(pass->find("b")->find("x"), nullptr);
    EXPECT_NE(pass->find("c")->find("x"), nullptr);
    pass->keep("b");  // nothing added, something dropped
    pass->commit();
  }
  const auto pass = cache.begin("/a");
  EXPECT_EQ(pass->find("c"), nullptr);
  EXPECT_NE(pass->find("b")->find("y"), nullptr);
}

TYPED_TEST(StatCache, ABigFolder)
{
  auto& cache = this->world_.cache;
  const auto name = [](int i) { return "n" + std::to_string(1'000'000 + i); };
  {
    const auto pass = cache.begin("/a");
    std::vector<ports::CachedEntry> entries;
    for (int i = 0; i < 10'000; i += 2) {
      entries.push_back(entry_called(name(i), static_cast<std::uint8_t>(i % 251)));
    }
    add_folder(*pass, "", entries);
    pass->commit();
  }
  const auto pass = cache.begin("/a");
  const auto root = pass->find("");
  for (int i = 0; i < 10'000; ++i) {
    const auto* entry = root->find(name(i));
    ASSERT_EQ(entry != nullptr, i % 2 == 0) << i;
    if (entry != nullptr) {
      ASSERT_EQ(entry->digest, model::Digest({static_cast<std::uint8_t>(i % 251)}));
    }
  }
}

// Damage at any place makes the cache know less, never something else.
TEST(LocalStatCache, BelievesNothingThatIsDamaged)
{
  const testing::TempDir folder;
  storage::LocalStatCache cache(folder.path());
  {
    const auto pass = cache.begin("/a");
    add_folder(*pass, "", {entry_called("x", 1), entry_called("y", 2)});
    add_folder(*pass, "sub", {entry_called("z", 3)});
    pass->commit();
  }
  const std::string path = std::filesystem::directory_iterator(folder.path())->path();
  std::ifstream stream(path, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(stream), {}};
  const auto check = [&](const std::string& content, std::size_t at) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    const auto pass = cache.begin("/a");
    for (const char* name : {"", "sub"}) {
      if (const auto known = pass->find(name)) {
        ASSERT_EQ(known->totals().entries, *name == '\0' ? 2U : 1U) << at;
        const auto* entry = known->find(*name == '\0' ? "y" : "z");
        ASSERT_TRUE(entry == nullptr ||
                    entry->digest ==
                        model::Digest({static_cast<std::uint8_t>(*name == '\0' ? 2 : 3)}))
            << at;
      }
    }
    add_folder(*pass, "", {entry_called("new", 5)});
    pass->commit();
    ASSERT_NE(cache.begin("/a")->find("")->find("new"), nullptr) << "and is made anew";
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string content = good;
    content[at] = static_cast<char>(content[at] ^ 0x10);
    check(content, at);
    check(good.substr(0, at), at);
  }
}

TEST(LocalStatCache, WritesNothingWhenNothingChanged)
{
  const testing::TempDir folder;
  storage::LocalStatCache cache(folder.path());
  {
    const auto pass = cache.begin("/a");
    add_folder(*pass, "", {entry_called("x", 1)});
    pass->commit();
  }
  const std::string path = std::filesystem::directory_iterator(folder.path())->path();
  const std::string other = folder.path() + "/same";
  std::filesystem::create_hard_link(path, other);
  {
    const auto pass = cache.begin("/a");
    (void)pass->started_ns();
    pass->keep("");
    pass->commit();
  }
  EXPECT_TRUE(std::filesystem::equivalent(path, other));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2)
      << "no temporary is left";
}

TEST(LocalStatCache, TellsTheFileSystemsTime)
{
  const testing::TempDir folder;
  storage::LocalStatCache cache(folder.path() + "/cache");
  const std::int64_t started = cache.begin("/a")->started_ns();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_LT(std::abs(started - std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()),
            60'000'000'000);
}

TEST(LocalStatCache, SaysWhyItCanNotBeWritten)
{
  const testing::TempDir folder;
  std::ofstream(folder.path() + "/cache") << "a file";
  storage::LocalStatCache cache(folder.path() + "/cache");
  const auto pass = cache.begin("/a");
  (void)pass->started_ns();
  add_folder(*pass, "", {entry_called("x", 1)});
  EXPECT_THROW(pass->commit(), model::Error);
}

}  // namespace
}  // namespace mlrepro
