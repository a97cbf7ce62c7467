// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "sqlite/search_sql.hpp"

namespace mlrepro {
namespace {

using sqlite::FoundRows;
using sqlite::OrderTerm;
using sqlite::RowSearch;
using Numbers = std::vector<std::int64_t>;

// By a value that rows may lack, then by their number.
RowSearch search_by(OrderTerm::Type type, bool descending)
{
  RowSearch search;
  search.number = "number";
  search.order.push_back({{}, "value", "rank", type, descending});
  search.order.push_back({{}, "number", "", OrderTerm::Type::integer, false});
  search.signature = "runs";
  search.with_keys = true;
  return search;
}

// Each with its rank, its value and its number, as rows have them that were found.
FoundRows rows(const std::vector<std::array<std::string, 2>>& values, std::int64_t first)
{
  FoundRows found;
  for (const auto& [rank, value] : values) {
    found.numbers.push_back(first);
    found.keys.push_back({rank, value, "i" + std::to_string(first++)});
  }
  return found;
}

TEST(MergeRows, NumbersComeBeforeNaNAndThatBeforeNothing)
{
  const RowSearch falling = search_by(OrderTerm::Type::real, true);
  const FoundRows one = rows({{"i0", "r10"}, {"i0", "r-2"}, {"i1", "n"}}, 10);
  const FoundRows other = rows({{"i0", "r9"}, {"i1", "n"}, {"i2", "n"}}, 20);
  EXPECT_EQ(merge_rows(falling, one, other, 9).numbers, (Numbers{10, 20, 11, 12, 21, 22}));
  EXPECT_EQ(merge_rows(falling, other, one, 9).numbers, (Numbers{10, 20, 11, 12, 21, 22}));
  const RowSearch rising = search_by(OrderTerm::Type::real, false);
  const FoundRows small = rows({{"i0", "r-inf"}, {"i0", "r9"}, {"i2", "n"}}, 10);
  const FoundRows large = rows({{"i0", "r10"}, {"i0", "rinf"}, {"i1", "n"}}, 20);
  EXPECT_EQ(merge_rows(rising, small, large, 9).numbers, (Numbers{10, 11, 20, 21, 22, 12}));
}

TEST(MergeRows, TextsAreInTheOrderOfTheirBytesAndAbsentOnesLast)
{
  const FoundRows one = rows({{"i0", "t"}, {"i0", "tb"}, {"i2", "n"}}, 10);
  const FoundRows other = rows({{"i0", "tB"}, {"i0", "tba"}, {"i0", "t\xc3\xa9"}}, 20);
  const RowSearch rising = search_by(OrderTerm::Type::text, false);
  EXPECT_EQ(merge_rows(rising, one, other, 9).numbers, (Numbers{10, 20, 11, 21, 22, 12}));
  const FoundRows fallen = rows({{"i0", "t\xc3\xa9"}, {"i0", "tb"}, {"i2", "n"}}, 20);
  const FoundRows absent = rows({{"i0", "tba"}, {"i0", "t"}, {"i2", "n"}}, 10);
  const RowSearch falling = search_by(OrderTerm::Type::text, true);
  EXPECT_EQ(merge_rows(falling, absent, fallen, 9).numbers, (Numbers{20, 10, 21, 11, 12, 22}));
}

TEST(MergeRows, TellsWhatFollows)
{
  const RowSearch search = search_by(OrderTerm::Type::real, false);
  FoundRows one = rows({{"i0", "r1"}, {"i0", "r3"}}, 10);
  const FoundRows other = rows({{"i0", "r2"}}, 20);
  EXPECT_EQ(merge_rows(search, one, other, 3).next, "");
  const FoundRows page = merge_rows(search, one, other, 2);
  EXPECT_EQ(page.numbers, (Numbers{10, 20}));
  EXPECT_EQ(page.next, sqlite::to_token("runs", {"i0", "r2", "i20"}));
  one.next = "more";
  EXPECT_EQ(merge_rows(search, one, other, 3).next, sqlite::to_token("runs", {"i0", "r3", "i11"}));
}

}  // namespace
}  // namespace mlrepro
