// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "mlrepro/analysis/drift.hpp"
#include "mlrepro/analysis/profile.hpp"
#include "support/table_session.hpp"

namespace mlrepro::analysis {
namespace {

constexpr std::uint64_t k_rows = 100'000;

// 100 000 rows: a permutation of numbers, 50 values, and a key.
class ProfileTable : public testing::TableSessionTest<::testing::Test> {
 protected:
  void SetUp() override
  {
    TableSessionTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    session_->execute(
        "CREATE TABLE source AS SELECT CAST(range * 7919 % 100000 AS DOUBLE) AS x,"
        " range % 50 AS c, 'k' || range AS k, CASE WHEN range % 4 = 0 THEN NULL ELSE 1 END AS gap"
        " FROM range(100000)");
  }

  model::TableProfile profile(std::uint64_t cells)
  {
    return profile_table(*session_, load_table(*session_, {"source"}, "looked_at", {cells}));
  }
};

TEST_F(ProfileTable, IsExactUpToTheBudget)
{
  const auto table = profile(4 * k_rows);
  EXPECT_TRUE(table.exact());
  EXPECT_EQ(table.rows, k_rows);
  EXPECT_EQ(table.rank_error, 0);
  EXPECT_EQ(table.columns[2].distinct, (model::CountEstimate{k_rows, k_rows, k_rows}));
  EXPECT_EQ(table.columns[0].percentiles[50], 49'999.5);
  EXPECT_EQ(table.columns[0].histogram.counts, std::vector<std::uint64_t>(10, 10'000));
}

// One sort finds what the engine's own quantiles select, to the last bit.
TEST_F(ProfileTable, QuantilesAreThoseOfTheEngine)
{
  const std::vector<std::string> selects = {
      "SELECT CAST(range * 7919 % 1009 AS INTEGER) AS x FROM range(5003)",
      "SELECT sin(range) * exp(range % 13) AS x FROM range(4001)",
      "SELECT x FROM (VALUES (1.5), (NULL), (-3), ('NaN'::DOUBLE), ('inf'::DOUBLE), (2)) t(x)",
      "SELECT CAST(range AS DOUBLE) AS x FROM range(101)",
      "SELECT CAST(x AS DOUBLE) AS x FROM (VALUES (-1.7e308), (1.7e308), (1e-300)) t(x)",
      "SELECT 7 AS x",
      "SELECT DATE '2021-01-01' + CAST(range % 97 AS INTEGER) AS x FROM range(1000)",
      "SELECT TIMESTAMP '2021-01-01 00:00:00.123456' + to_seconds(range * 7) AS x FROM range(777)"};
  for (const std::string& select : selects) {
    const auto table =
        profile_table(*session_, load_table(*session_, {"(" + select + ")"}, "looked_at", {}));
    const model::ColumnProfile& column = table.columns.front();
    const std::string number =
        column.kind == model::ColumnClass::time ? "epoch(x)" : "CAST(x AS DOUBLE)";
    ASSERT_EQ(column.percentiles.size(), 101U) << select;
    for (int i = 0; i <= 100; ++i) {
      const std::string hundredth = std::to_string(i);
      const auto rows =
          session_->query("SELECT quantile_cont(v, " + hundredth + " / 100.0) FROM (SELECT " +
                          number + " AS v FROM (" + select + ")) WHERE isfinite(v)");
      std::vector<ports::TableValue> row;
      ASSERT_TRUE(rows->next(row));
      EXPECT_EQ(column.percentiles[static_cast<std::size_t>(i)], std::get<double>(row.front()))
          << i << " of " << select;
    }
  }
}

TEST_F(ProfileTable, SaysHowFarASampleIsFromAllRows)
{
  const auto table = profile(40'000);
  EXPECT_FALSE(table.exact());
  EXPECT_EQ(table.rows, k_rows);
  EXPECT_NEAR(static_cast<double>(table.sampled), 10'000, 500);
  EXPECT_NEAR(table.rank_error, std::sqrt(std::log(200.0) / 20'000), 0.001);
  const model::ColumnProfile& x = table.columns[0];
  for (std::size_t i = 0; i < x.percentiles.size(); ++i) {
    EXPECT_NEAR(x.percentiles[i] / k_rows, static_cast<double>(i) / 100, table.rank_error) << i;
  }
  // What takes one look is of all rows.
  EXPECT_EQ(x.numbers->min, 0);
  EXPECT_EQ(x.numbers->max, 99'999);
  EXPECT_NEAR(*x.numbers->mean, 49'999.5, 1e-6);
  EXPECT_EQ(table.columns[3].missing, k_rows / 4);
}

TEST_F(ProfileTable, BoundsDistinctValuesBySampleAndByHashes)
{
  const auto table = profile(40'000);
  EXPECT_EQ(table.columns[1].distinct, (model::CountEstimate{50, 50, 50}));
  const model::CountEstimate keys = table.columns[2].distinct;
  EXPECT_FALSE(keys.exact());
  EXPECT_LE(keys.low, k_rows);
  EXPECT_GE(keys.high, k_rows);
  EXPECT_NEAR(static_cast<double>(keys.value), k_rows, k_rows * 0.03);
  EXPECT_TRUE(table.columns[2].top.empty());
}

TEST_F(ProfileTable, IsTheSameEachTime)
{
  EXPECT_EQ(profile(40'000), profile(40'000));
  EXPECT_EQ(profile(4 * k_rows), profile(4 * k_rows));
}

TEST_F(ProfileTable, CountsAllRowsWhileItSamples)
{
  const LoadedTable one_by_one = load_table(*session_, {"source"}, "a", {40'000, 1}, false);
  const LoadedTable together = load_table(*session_, {"source"}, "b", {40'000, 2});
  EXPECT_TRUE(one_by_one.parts.empty());
  EXPECT_FALSE(together.parts.empty());
  EXPECT_EQ(profile_table(*session_, one_by_one), profile_table(*session_, together));
}

TEST_F(ProfileTable, SamplesOfEqualTablesDoNotDrift)
{
  const LoadedTable a = load_table(*session_, {"source"}, "a", {40'000});
  const LoadedTable b = load_table(*session_, {"(SELECT * FROM source OFFSET 1)"}, "b", {40'000});
  const auto profile_a = profile_table(*session_, a);
  const auto profile_b = profile_table(*session_, b);
  const auto drift = compare_loaded(*session_, {a, profile_a}, {b, profile_b}, "t.csv", {});
  EXPECT_FALSE(drift.flagged());
  EXPECT_EQ(drift.columns.size(), 4U);
}

}  // namespace
}  // namespace mlrepro::analysis
