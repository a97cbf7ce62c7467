// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/row_diff_document.hpp"

#include <gtest/gtest.h>

namespace mlrepro::format {
namespace {

model::RowDiff keyed()
{
  model::RowDiff diff;
  diff.key = {"id", "column"};
  diff.columns_a = {"id", "price", "column", "note"};
  diff.columns_b = {"id", "column", "note", "promo"};
  return diff;
}

TEST(RowDeltaCsv, HasALineForEachCellWithAKey)
{
  const RowDeltaCsv csv(keyed());
  EXPECT_EQ(csv.header(), "change,id,key.column,column,old,new\n");
  EXPECT_EQ(csv.changed({{"7", std::nullopt}, {{"note", "a,b", ""}, {"price", std::nullopt, "2"}}}),
            "changed,7,,note,\"a,b\",\"\"\nchanged,7,,price,,2\n");
  EXPECT_EQ(csv.removed({{"7", "x"}, {"7", "1.50", "x", "n"}, 1}),
            "removed,7,x,price,1.50,\nremoved,7,x,note,n,\n");
  EXPECT_EQ(csv.added({{"8", "x"}, {"8", "x", std::nullopt, "true"}, 1}),
            "added,8,x,note,,\nadded,8,x,promo,,true\n");
  EXPECT_EQ(csv.duplicate({{"9", "say \"x\"\n"}, 2, 3}), "duplicate,9,\"say \"\"x\"\"\n\",,2,3\n");
}

TEST(RowDeltaCsv, LosesNoRowThatIsNothingButKey)
{
  model::RowDiff diff;
  diff.key = {"id"};
  diff.columns_a = diff.columns_b = {"id"};
  EXPECT_EQ(RowDeltaCsv(diff).removed({{"7"}, {"7"}, 1}), "removed,7,,,\n");
}

TEST(RowDeltaCsv, HasALineForEachRowWithoutAKey)
{
  model::RowDiff diff = keyed();
  diff.key = {};
  const RowDeltaCsv csv(diff);
  EXPECT_EQ(csv.header(), "change,rows,id,price,column,note,promo\n");
  EXPECT_EQ(csv.removed({{}, {"7", "1", "x", "n"}, 2}), "removed,2,7,1,x,n,\n");
  EXPECT_EQ(csv.added({{}, {"8", "x", "n", "true"}, 1}), "added,1,8,,x,n,true\n");
}

}  // namespace
}  // namespace mlrepro::format
