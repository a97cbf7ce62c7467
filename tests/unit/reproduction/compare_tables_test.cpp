// SPDX-License-Identifier: Apache-2.0
#include "reproduction/compare_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "support/expect_error.hpp"

namespace mlrepro::reproduction {
namespace {

using ::testing::HasSubstr;

format::ReadBytes read_text(const std::string& text)
{
  return [text, at = std::size_t{0}](std::span<std::byte> out) mutable {
    const std::size_t count = std::min(out.size(), text.size() - at);
    std::memcpy(out.data(), text.data() + at, count);
    at += count;
    return count;
  };
}

model::RowsCheck compared(const std::string& recorded, const std::string& replayed,
                          const std::vector<std::string>& key = {}, double atol = 0)
{
  return compare_tables({read_text(recorded), read_text(replayed), ','}, {"p.csv", {atol, 0}, key});
}

TEST(CompareTables, MatchesRowsByTheirPlace)
{
  const auto rows = compared("id,y\n1,2\n2,3\n", "id,y\n1,2.5\n2,3\n3,4\n", {}, 0.1);
  EXPECT_EQ(rows.recorded, 2U);
  EXPECT_EQ(rows.replayed, 3U);
  EXPECT_EQ(rows.differing, 1U);
  EXPECT_EQ(rows.added, 1U);
  EXPECT_EQ(rows.first[0].row, "row 1");
  EXPECT_EQ(*rows.max_absolute, 0.5);
  EXPECT_EQ(compared("1,2\n", "1,2\n").recorded, 1U);
  EXPECT_EQ(compared("a\n", "a\n1\n").added, 1U);
  EXPECT_EQ(compared("", "").recorded, 0U);
}

TEST(CompareTables, MatchesRowsByTheirKey)
{
  const std::string recorded = "store,week,y\n1,1,5\n1,2,6\n2,1,7\n";
  const auto same = compared(recorded, "week,store,y\n1,2,7\n2,1,6\n1,1,5\n", {"store", "week"});
  EXPECT_EQ(same.differing + same.missing + same.added, 0U);
  EXPECT_EQ(same.recorded, 3U);
  const auto other = compared(recorded, "store,week,y\n2,1,8\n1,1,5\n3,1,1\n", {"store", "week"});
  EXPECT_EQ(other.differing, 1U);
  EXPECT_EQ(other.missing, 1U);
  EXPECT_EQ(other.added, 1U);
  EXPECT_EQ(other.first[0].row, "store=2, week=1");
}

TEST(CompareTables, RefusesWhatHasNoKey)
{
  testing::expect_error(model::ErrorKind::usage, HasSubstr("no column 'id'"),
                        [] { compared("a\n1\n", "a\n1\n", {"id"}); });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("'id=1' stands twice in the record"),
                        [] { compared("id\n1\n1\n", "id\n1\n", {"id"}); });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("'id=1' stands twice in the replay"),
                        [] { compared("id\n1\n", "id\n1\n1\n", {"id"}); });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("too short to have its key"),
                        [] { compared("a,id\nx,1\n", "a,id\nx\n", {"id"}); });
}

}  // namespace
}  // namespace mlrepro::reproduction
