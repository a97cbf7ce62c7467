// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro::plan {
namespace {

using model::CheckStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Fields k_header = {"id", "y"};

model::FileCheck concluded(const RowComparison& comparison, const model::Tolerance& tolerance)
{
  model::FileCheck file;
  conclude_rows(comparison.result(), tolerance, file);
  return file;
}

TEST(CompareRows, ComparesNumbersByValueAndTextAsItIs)
{
  RowComparison comparison(k_header, k_header, {});
  comparison.compare("row 1", {"a", "1.0"}, {"a", " 1"});
  comparison.compare("row 2", {"b", "NaN"}, {"b", "NaN"});
  const auto file = concluded(comparison, {});
  EXPECT_EQ(file.status, CheckStatus::same_content);
  EXPECT_EQ(file.rows->recorded, 2U);
  comparison.compare("row 3", {"c", "nan"}, {"c", "1"});
  comparison.compare("row 4", {"d", "1"}, {"D", "1"});
  EXPECT_EQ(comparison.result().differing, 2U);
  EXPECT_EQ(concluded(comparison, {}).status, CheckStatus::differs);
  EXPECT_THAT(
      concluded(comparison, {}).reasons,
      ElementsAre("2 of 4 rows differ; first: row 3, column 'y': nan recorded, 1 replayed"));
}

TEST(CompareRows, AllowsTheTolerance)
{
  const model::Tolerance tolerance = {0.1, 0};
  RowComparison comparison(k_header, k_header, tolerance);
  comparison.compare("row 1", {"1", "2"}, {"1", "2.05"});
  comparison.compare("row 2", {"2", "4"}, {"2", "3.92"});
  auto file = concluded(comparison, tolerance);
  EXPECT_EQ(file.status, CheckStatus::within_tolerance);
  EXPECT_THAT(
      file.reasons,
      ElementsAre("2 rows, largest difference 0.08 in row 2, column 'y', limit 0.1 absolute"));
  EXPECT_NEAR(*file.rows->max_relative, 0.025, 1e-9);
  comparison.compare("row 3", {"3", "1"}, {"3", "2"});
  file = concluded(comparison, tolerance);
  EXPECT_EQ(file.status, CheckStatus::differs);
  EXPECT_THAT(
      file.reasons[0],
      HasSubstr("1 of 3 rows differ, largest difference 1 in row 3, column 'y', limit 0.1"));
}

TEST(CompareRows, CountsRowsThatOneSideLacks)
{
  RowComparison comparison(k_header, k_header, {});
  comparison.compare("row 1", {"1", "2"}, {"1", "2"});
  comparison.count_missing("row 2");
  comparison.count_missing("row 3");
  const auto file = concluded(comparison, {});
  EXPECT_EQ(file.status, CheckStatus::differs);
  EXPECT_THAT(file.reasons,
              ElementsAre("3 rows recorded, 1 replayed; 2 rows missing in the replay, 0 in the "
                          "record; first: row 2, row: there recorded, missing replayed"));
  RowComparison ragged(k_header, k_header, {});
  ragged.compare("row 1", {"1", "2"}, {"1"});
  EXPECT_EQ(ragged.result().differing, 1U);
}

TEST(CompareRows, FindsColumnsByName)
{
  RowComparison comparison({"id", "y"}, {"y", "id"}, {});
  comparison.compare("row 1", {"1", "2"}, {"2", "1"});
  EXPECT_EQ(comparison.result().differing, 0U);
  comparison.compare("row 2", {"1", "2"}, {"2"});
  EXPECT_EQ(comparison.result().differing, 1U);
  testing::expect_error(model::ErrorKind::usage, HasSubstr("column 'y' is missing in the replay"),
                        [] {
                          RowComparison({"id", "y"}, {"id"}, {});
                        });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("column 'y' is missing in the record"),
                        [] {
                          RowComparison({"id"}, {"id", "y"}, {});
                        });
  testing::expect_error(model::ErrorKind::usage, HasSubstr("two columns have the same name"), [] {
    RowComparison({"a", "b", "b"}, {"b", "a", "b"}, {});
  });
}

TEST(CompareRows, ListsNoMoreThanAFewCells)
{
  RowComparison comparison({}, {}, {});
  for (int i = 0; i < 20; ++i) {
    comparison.compare("row", {"1"}, {"2"});
  }
  EXPECT_EQ(comparison.result().first.size(), model::k_max_listed_cells);
  EXPECT_EQ(comparison.result().first[0].column, "column 1");
  EXPECT_EQ(comparison.result().differing, 20U);
}

TEST(Header, HasNoNumbers)
{
  EXPECT_TRUE(is_header({"id", "", "y"}));
  EXPECT_FALSE(is_header({"id", "1.5"}));
  testing::expect_error(model::ErrorKind::usage, HasSubstr("no column 'z'"), [] {
    columns_of({"id", "y"}, {"y", "z"});
  });
  EXPECT_THAT(columns_of({"id", "y"}, {"y", "id"}), ElementsAre(1, 0));
}

}  // namespace
}  // namespace mlrepro::plan
