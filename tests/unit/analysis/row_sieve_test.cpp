// SPDX-License-Identifier: Apache-2.0
#include "analysis/row_sieve.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/text_hash.hpp"
#include "support/expect_error.hpp"
#include "support/memory_file_tree.hpp"
#include "support/memory_scratch.hpp"

namespace mlrepro::analysis {
namespace {

using model::ErrorKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RowSieveTest : public ::testing::Test {
 protected:
  // A table of the columns key and value.
  SievedSide side(const std::string& path, const std::vector<std::string>& rows, bool keyed = true)
  {
    std::string text = "key,value\n";
    for (const std::string& row : rows) {
      text += row + "\n";
    }
    files_.add_file(path, text);
    SievedSide side{{{path}, ',', 2}, {}, {0, 1}, rows.size()};
    if (keyed) {
      side.key = {0};
      side.compared = {1};
    }
    return side;
  }

  std::vector<std::string> left(RowSieve& sieve, Side side)
  {
    std::vector<std::string> rows;
    sieve.each_left(side, [&](const std::vector<std::string_view>& cells) {
      rows.push_back(std::string(cells[0]) + "," + std::string(cells[1]));
    });
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  static std::vector<std::string> numbered(std::size_t count)
  {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(std::to_string(20'000'000 + i) + ",0");
    }
    return rows;
  }

  testing::MemoryFileTree files_;
  CsvReader reader_{files_, 2, 100'000'000};
};

TEST(RowHashes, OfRowsTellTheirKeysApart)
{
  const RowHashes one = row_hashes({"1", "x"}, {0}, {1});
  const RowHashes two = row_hashes({"2", "x"}, {0}, {1});
  EXPECT_NE(one.row, two.row);
  EXPECT_NE(row_hashes({"1"}, {0}, {}).row, row_hashes({"2"}, {0}, {}).row);
  EXPECT_EQ(one.row, row_hashes({"1", "x", "not compared"}, {0}, {1}).row);
  EXPECT_NE(one.row, row_hashes({"1", "y"}, {0}, {1}).row);
  EXPECT_EQ(one.key, row_hashes({"1", "y"}, {0}, {1}).key);
  const RowHashes whole = row_hashes({"1", "x"}, {}, {0, 1});
  EXPECT_EQ(whole.key, whole.row);
}

TEST_F(RowSieveTest, LeavesWhatOneSideAloneHas)
{
  for (const bool keyed : {true, false}) {
    std::vector<std::string> a = numbered(50);
    std::vector<std::string> b = a;
    a.push_back("10694576,0");
    b.push_back("11158367,0");
    RowSieve sieve(reader_, side("/a.csv", a, keyed), side("/b.csv", b, keyed));
    ASSERT_TRUE(sieve.fill());
    EXPECT_THAT(left(sieve, Side::a), ElementsAre("10694576,0"));
    EXPECT_THAT(left(sieve, Side::b), ElementsAre("11158367,0"));
  }
}

TEST_F(RowSieveTest, KeepsMarksInFilesWhereMemoryIsScarce)
{
  reader_.memory_bytes = 6'000'000;
  std::vector<std::string> rows = numbered(200'000);
  const SievedSide a = side("/a.csv", rows);
  rows[7].back() = '1';
  rows.push_back("7,7");
  const SievedSide b = side("/b.csv", rows);
  EXPECT_FALSE(RowSieve(reader_, a, b).fill());
  testing::MemoryScratch scratch;
  reader_.scratch = &scratch;
  RowSieve sieve(reader_, a, b);
  ASSERT_TRUE(sieve.fill());
  EXPECT_GT(scratch.appended(), 1'000U);
  EXPECT_THAT(left(sieve, Side::a), ElementsAre("20000007,0"));
  EXPECT_THAT(left(sieve, Side::b), ElementsAre("20000007,1", "7,7"));
}

TEST_F(RowSieveTest, LeavesAllToTheEngineWhereTheDiskIsFull)
{
  reader_.memory_bytes = 6'000'000;
  const std::vector<std::string> rows = numbered(200'000);
  testing::MemoryScratch scratch;
  scratch.fill_up_after(1'000);
  reader_.scratch = &scratch;
  EXPECT_FALSE(RowSieve(reader_, side("/a.csv", rows), side("/b.csv", rows)).fill());
  EXPECT_GE(scratch.appended(), 1'000U);
}

TEST_F(RowSieveTest, ReadsNothingWhereOnePileHasTooManyKeys)
{
  reader_.memory_bytes = 60'000;
  testing::MemoryScratch scratch;
  reader_.scratch = &scratch;
  const std::vector<std::string> rows = numbered(200'000);
  EXPECT_FALSE(RowSieve(reader_, side("/a.csv", rows), side("/b.csv", rows)).fill());
  EXPECT_EQ(scratch.appended(), 0U);
}

TEST_F(RowSieveTest, EqualRowsAreManyMarksOfOnePile)
{
  std::vector<std::string> rows(400'000, "1,1");
  const SievedSide a = side("/a.csv", rows, false);
  const SievedSide b = side("/b.csv", rows, false);
  testing::MemoryScratch scratch;
  reader_.scratch = &scratch;
  for (const std::uint64_t memory : {100'000'000U, 6'000'000U}) {
    reader_.memory_bytes = memory;
    RowSieve sieve(reader_, a, b);
    ASSERT_TRUE(sieve.fill());
    EXPECT_THAT(left(sieve, Side::a), IsEmpty());
  }
  EXPECT_GT(scratch.appended(), 0U);
  rows.pop_back();
  EXPECT_FALSE(RowSieve(reader_, a, side("/b.csv", rows, false)).fill());
}

TEST_F(RowSieveTest, CountsRowsAndNotKeys)
{
  std::vector<std::string> rows = numbered(100);
  rows.resize(120, "twice,0");
  EXPECT_TRUE(RowSieve(reader_, side("/a.csv", rows), side("/b.csv", rows)).fill());
  rows.resize(200, "twice,0");
  EXPECT_FALSE(RowSieve(reader_, side("/a.csv", rows), side("/b.csv", rows)).fill());
}

TEST_F(RowSieveTest, ChangedFilesAreNotReadAsIfNothingWere)
{
  const std::vector<std::string> rows = numbered(50);
  const std::vector<std::string> fewer = numbered(40);
  const SievedSide a = side("/a.csv", rows);
  const SievedSide b = side("/b.csv", rows);
  {
    RowSieve sieve(reader_, a, b);
    ASSERT_TRUE(sieve.fill());
    side("/b.csv", fewer);
    EXPECT_THAT(left(sieve, Side::a), IsEmpty());
    testing::expect_error(ErrorKind::conflict, HasSubstr("'/b.csv' changed while it was read"),
                          [&] { left(sieve, Side::b); });
    files_.add_file("/a.csv", "key,value\n\"not plain\n");
    testing::expect_error(ErrorKind::conflict, HasSubstr("'/a.csv' changed while it was read"),
                          [&] { left(sieve, Side::a); });
  }
  side("/a.csv", rows);
  RowSieve sieve(reader_, a, b);
  testing::expect_error(ErrorKind::conflict, HasSubstr("'/b.csv' changed while it was read"),
                        [&] { sieve.fill(); });
}

}  // namespace
}  // namespace mlrepro::analysis
