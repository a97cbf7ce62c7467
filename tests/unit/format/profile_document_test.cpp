// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/profile_document.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "mlrepro/format/drift_rules.hpp"
#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

model::TableProfile sample_profile()
{
  model::TableProfile table;
  table.path = "data/x.csv";
  table.digest = *model::Digest::parse(std::string(64, 'a'));
  table.format = "csv";
  table.engine = "v1";
  table.bytes = 123;
  table.rows = 10;
  table.sampled = 5;
  table.rank_error = 0.125;
  model::ColumnProfile& column = table.columns.emplace_back();
  column.name = "price \"€\"";
  column.type = "DOUBLE";
  column.kind = model::ColumnClass::numeric;
  column.missing = 1;
  column.nan = 2;
  column.infinite = 3;
  column.distinct = {4, 3, 6};
  column.numbers = model::NumberSummary{-1.5, 1e300, 0.1, std::nullopt};
  column.percentiles = {-1.5, 0.1, std::numeric_limits<double>::infinity()};
  column.histogram = {{0.25}, {2, 2}};
  column.top = {{"0.25", 2}};
  column.notes = {"constant"};
  model::ColumnProfile& date = table.columns.emplace_back();
  date.name = "day";
  date.type = "DATE";
  date.kind = model::ColumnClass::time;
  date.first = "2021-01-01";
  date.last = "2021-12-31";
  date.top_is_all = true;
  return table;
}

TEST(ProfileDocument, IsReadBackWithoutItsPath)
{
  model::TableProfile table = sample_profile();
  const auto back = decode_profile(encode_profile(table));
  ASSERT_TRUE(back);
  table.path.clear();
  EXPECT_EQ(*back, table);
}

TEST(ProfileDocument, IsNotTakenFromAnythingElse)
{
  EXPECT_FALSE(decode_profile(""));
  EXPECT_FALSE(decode_profile("{}"));
  EXPECT_FALSE(decode_profile("{\"schema\":\"mlrepro.profile/2\",\"table\":{}}"));
  std::string text = encode_profile(sample_profile());
  text.replace(text.find("[0.25]"), 6, "[0.25,1]");  // edges, but no more counts
  EXPECT_FALSE(decode_profile(text));
}

TEST(DriftRules, AreRead)
{
  const auto rules = parse_drift_rules("t.toml",
                                       "[run]\nexperiment='x'\n[[drift]]\npath='data/*'\npsi=0.2\n"
                                       "missing=0.01\n[[drift]]\ncolumn='id'\nignore=true\n"
                                       "alpha=0.01\nschema=true\n",
                                       OtherKeys::allowed);
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].path, "data/*");
  EXPECT_EQ(rules[0].column, "*");
  EXPECT_EQ(rules[0].limits, (std::map<std::string, double>{{"psi", 0.2}, {"missing", 0.01}}));
  EXPECT_FALSE(rules[0].alpha);
  EXPECT_EQ(rules[1].column, "id");
  EXPECT_EQ(rules[1].ignore, true);
  EXPECT_EQ(rules[1].alpha, 0.01);
  EXPECT_EQ(rules[1].schema, true);
}

TEST(DriftRules, NameWhatIsWrongInThem)
{
  const auto refused = [](const std::string& text, const std::string& message) {
    testing::expect_error(model::ErrorKind::usage, ::testing::HasSubstr(message),
                          [&] { (void)parse_drift_rules("t.toml", text, OtherKeys::refused); });
  };
  refused("[[drift]]\n", "a [[drift]] sets nothing");
  refused("[[drift]]\npath='x'\n", "a [[drift]] sets nothing");
  refused("[[drift]]\npsi=-1\n", "'drift.psi' must be a number of 0 or more");
  refused("[[drift]]\nks=2\n", "'drift.ks' must be a number from 0 to 1");
  refused("[[drift]]\nks=nan\n", "'drift.ks' must be a number from 0 to 1");
  refused("[[drift]]\nalpha=0\n", "'drift.alpha' must be between 0 and 1");
  refused("[[drift]]\nignore=1\n", "'drift.ignore' must be true or false");
  refused("[[drift]]\npsy=1\n", "unknown key 'drift.psy'");
  refused("[drift]\npsi=1\n", "write '[[drift]]' for each rule");
  refused("[run]\n", "unknown key 'run'");
}

}  // namespace
}  // namespace mlrepro::format
