// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/key_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(KeyCandidates, AreTheSmallestSetsFirstAndThenThoseFurtherLeft)
{
  const std::vector<HashedRow> rows = {{1, 1, 1, 9}, {1, 2, 2, 8}, {2, 1, 3, 7}, {2, 2, 1, 6}};
  EXPECT_THAT(
      key_candidates(rows, rows, {0, 1, 2}),
      ElementsAre(ElementsAre(0, 1), ElementsAre(0, 2), ElementsAre(1, 2), ElementsAre(0, 1, 2)));
  EXPECT_EQ(key_candidates(rows, rows, {0, 1, 2, 3}).front(), ColumnSet{3});
}

TEST(KeyCandidates, AreUniqueOnBothSides)
{
  const std::vector<HashedRow> a = {{1, 1}, {2, 1}};
  const std::vector<HashedRow> b = {{1, 1}, {1, 2}};
  EXPECT_THAT(key_candidates(a, b, {0, 1}), ElementsAre(ElementsAre(0, 1)));
}

TEST(KeyCandidates, AreNoneWhereRowsAreAlike)
{
  const std::vector<HashedRow> rows = {{1, 1}, {1, 1}};
  EXPECT_THAT(key_candidates(rows, rows, {0, 1}), IsEmpty());
  EXPECT_THAT(key_candidates(rows, rows, {}), IsEmpty());
}

TEST(KeyCandidates, TellSwappedCellsApart)
{
  const std::vector<HashedRow> rows = {{1, 2}, {2, 1}};
  EXPECT_THAT(key_candidates(rows, rows, {0, 1}).back(), ElementsAre(0, 1));
}

TEST(KeyCandidates, AreBoundedForWideTables)
{
  HashedRow row(300);
  for (std::size_t i = 0; i < row.size(); ++i) {
    row[i] = i;
  }
  ColumnSet eligible;
  for (std::size_t i = 0; i < row.size(); ++i) {
    eligible.push_back(i);
  }
  EXPECT_THAT(key_candidates({row, row}, {row}, eligible), IsEmpty());
  EXPECT_EQ(key_candidates({row}, {row}, eligible).size(), k_max_key_candidates);
}

TEST(MayBeKey, LeavesOutWhatWasMeasured)
{
  EXPECT_TRUE(may_be_key(ColumnKind::integer));
  EXPECT_TRUE(may_be_key(ColumnKind::text));
  EXPECT_TRUE(may_be_key(ColumnKind::date));
  EXPECT_FALSE(may_be_key(ColumnKind::floating));
  EXPECT_FALSE(may_be_key(ColumnKind::decimal));
  EXPECT_FALSE(may_be_key(ColumnKind::other));
}

}  // namespace
}  // namespace mlrepro::plan
