// SPDX-License-Identifier: Apache-2.0
#include "cli/render_tables.hpp"

#include <gmock/gmock.h>

namespace mlrepro::cli {
namespace {

using ::testing::HasSubstr;

TEST(RenderTables, DrawsSharesAsBars)
{
  EXPECT_EQ(bars_text({0, 0.5, 1}, 1, Bars::blocks), " ▄█");
  EXPECT_EQ(bars_text({0, 0.5, 1}, 1, Bars::ascii), " =@");
  EXPECT_EQ(bars_text({0.0001, 1}, 1, Bars::ascii), ".@");  // what is there is seen
  EXPECT_EQ(bars_text({}, 1, Bars::ascii), "");
  EXPECT_EQ(bars_text({0, 0}, 0, Bars::ascii), "  ");
}

TEST(RenderTables, SayWhatDrifts)
{
  model::TableDrift table;
  table.path = "data/x.csv";
  table.rows_a = 10;
  table.rows_b = 12;
  table.source = model::TableDrift::Source::data;
  table.schema = {{model::SchemaChange::Kind::retyped, "a\x1b", "BIGINT", "DOUBLE"}};
  model::ColumnDrift& column = table.columns.emplace_back();
  column.column = "price";
  column.psi = 0.25;
  column.psi_critical = 0.034;
  column.missing.b = 0.4;
  column.exceeded = {{"psi", 0.25, 0.1}};
  const std::string text = render_drift({table}, Bars::ascii, Style::plain);
  EXPECT_THAT(text, HasSubstr("data/x.csv  10 rows -> 12, 1 of 1 column drifts\n"));
  EXPECT_THAT(text, HasSubstr("a\\x1b: BIGINT -> DOUBLE\n"));
  EXPECT_THAT(text, HasSubstr("price   0.25 (0.034)"));
  EXPECT_THAT(text, HasSubstr("0 % -> 40 %"));
  EXPECT_EQ(render_drift({}, Bars::ascii, Style::plain), "");
  column.exceeded.clear();
  EXPECT_THAT(render_drift({table}, Bars::ascii, Style::plain),
              HasSubstr("no drift in 1 column (most in price: psi 0.25)\n"));
}

TEST(RenderTables, SayWhatCouldNotBeCompared)
{
  model::TableDrift table;
  table.path = "x.csv";
  table.problem = "line 3 has too many cells";
  EXPECT_THAT(render_drift({table}, Bars::ascii, Style::plain),
              HasSubstr("x.csv  not compared: line 3 has too many cells"));
}

}  // namespace
}  // namespace mlrepro::cli
