// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/drift.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ChangeKind = model::SchemaChange::Kind;

model::ColumnProfile column(const std::string& name, const std::string& type = "DOUBLE")
{
  model::ColumnProfile profile;
  profile.name = name;
  profile.type = type;
  profile.kind = type == "VARCHAR" ? model::ColumnClass::text : model::ColumnClass::numeric;
  return profile;
}

model::TableProfile table(std::vector<model::ColumnProfile> columns, std::uint64_t rows = 1000)
{
  model::TableProfile profile;
  profile.rows = rows;
  profile.sampled = rows;
  profile.columns = std::move(columns);
  return profile;
}

// Numbers spread evenly from low to high.
model::ColumnProfile even(const std::string& name, double low, double high, std::uint64_t rows)
{
  model::ColumnProfile profile = column(name);
  for (int i = 0; i <= 100; ++i) {
    profile.percentiles.push_back(low + (high - low) * i / 100);
  }
  for (int i = 10; i < 100; i += 10) {
    profile.histogram.edges.push_back(profile.percentiles[static_cast<std::size_t>(i)]);
  }
  profile.histogram.counts.assign(10, rows / 10);
  profile.numbers =
      model::NumberSummary{low, high, (low + high) / 2, (high - low) / std::sqrt(12.0)};
  profile.distinct = {rows, rows, rows};
  return profile;
}

model::ColumnProfile listed(const std::string& name, std::vector<model::ValueCount> values)
{
  model::ColumnProfile profile = column(name, "VARCHAR");
  profile.top = std::move(values);
  profile.top_is_all = true;
  profile.distinct = {profile.top.size(), profile.top.size(), profile.top.size()};
  return profile;
}

std::string text(const model::SchemaChange& change)
{
  return std::string(model::to_string(change.kind)) + " " + change.column + " " + change.a + ">" +
         change.b;
}

std::vector<std::string> schema(const std::vector<model::ColumnProfile>& a,
                                const std::vector<model::ColumnProfile>& b)
{
  std::vector<std::string> texts;
  for (const auto& change : compare_schemas(table(a), table(b))) {
    texts.push_back(text(change));
  }
  return texts;
}

model::TableDrift judged(const model::TableProfile& a, const model::TableProfile& b,
                         const std::vector<model::DriftRule>& rules = {})
{
  model::TableDrift drift;
  drift.path = "data/sales.csv";
  drift.schema = compare_schemas(a, b);
  for (const ColumnPair& pair : common_columns(a, b)) {
    drift.columns.push_back(measure_column(pair, sample_profiles(pair)));
  }
  judge_drift(rules, drift);
  return drift;
}

std::vector<std::string> flagged(const model::TableDrift& drift)
{
  std::vector<std::string> names;
  for (const model::ColumnDrift& item : drift.columns) {
    if (item.flagged()) {
      names.push_back(item.column + " " + item.exceeded.front().measure);
    }
  }
  return names;
}

TEST(Schemas, AreTheSameByNameTypeAndOrder)
{
  EXPECT_THAT(schema({column("a"), column("b")}, {column("a"), column("b")}), IsEmpty());
  EXPECT_THAT(schema({}, {}), IsEmpty());
}

TEST(Schemas, NameWhatWasAddedRemovedAndRetyped)
{
  EXPECT_THAT(schema({column("a"), column("b", "BIGINT"), column("c")},
                     {column("d"), column("a"), column("b", "VARCHAR")}),
              ElementsAre("added d >DOUBLE", "removed c DOUBLE>", "retyped b BIGINT>VARCHAR"));
}

TEST(Schemas, MoveAsFewColumnsAsPossible)
{
  EXPECT_THAT(schema({column("a"), column("b"), column("c"), column("d")},
                     {column("d"), column("a"), column("b"), column("c")}),
              ElementsAre("moved d 4>1"));
}

TEST(Drift, ReadsAShareOffPercentiles)
{
  const std::vector<double> points = {0, 10, 10, 20};
  EXPECT_EQ(share_up_to(points, -1), 0);
  EXPECT_EQ(share_up_to(points, 0), 0);
  EXPECT_DOUBLE_EQ(share_up_to(points, 5), 1.0 / 6);
  EXPECT_DOUBLE_EQ(share_up_to(points, 10), 2.0 / 3);
  EXPECT_EQ(share_up_to(points, 20), 1);
  EXPECT_EQ(share_up_to(points, 21), 1);
  EXPECT_EQ(share_up_to({}, 1), 0);
}

TEST(Drift, FindsNoneBetweenEqualTables)
{
  const auto a = table({even("x", 0, 1, 1000), listed("c", {{"u", 600}, {"v", 400}})});
  const auto drift = judged(a, a);
  EXPECT_FALSE(drift.flagged());
  ASSERT_EQ(drift.columns.size(), 2U);
  for (const auto& item : drift.columns) {
    EXPECT_NEAR(*item.psi, 0, 1e-12);
    EXPECT_NEAR(*item.js, 0, 1e-6);
    EXPECT_EQ(item.test->p, 1) << item.column;
  }
}

TEST(Drift, SeesAShiftOfNumbers)
{
  const auto a = table({even("x", 0, 1, 1000)});
  const auto b = table({even("x", 0.3, 1.3, 1000)});
  const auto drift = judged(a, b);
  EXPECT_THAT(flagged(drift), ElementsAre("x psi"));
  const auto& x = drift.columns.front();
  EXPECT_NEAR(x.test->statistic, 0.3, 1e-9);
  EXPECT_NEAR(x.test->error, 0.02, 1e-12);
  EXPECT_FALSE(x.cells.exact);
  EXPECT_NEAR(*x.wasserstein, 0.3 * std::sqrt(12.0), 1e-9);
  EXPECT_EQ(x.cells.labels.front(), "<= 0.1");
  EXPECT_EQ(x.cells.labels.back(), "> 0.9");
  EXPECT_NEAR(x.cells.b.back(), 400, 1e-6);
}

// PSI of ten cells exceeds 0.1 in most pairs of 100 rows without drift.
TEST(Drift, IsNotSeenInFewRows)
{
  auto a = table({listed("c", {{"u", 31}, {"v", 19}})}, 50);
  auto b = table({listed("c", {{"u", 22}, {"v", 28}})}, 50);
  const auto drift = judged(a, b);
  EXPECT_GT(*drift.columns.front().psi, 0.1);
  EXPECT_FALSE(drift.flagged());
}

TEST(Drift, SeesValuesThatGoMissing)
{
  const auto a = table({even("x", 0, 1, 1000)});
  auto gone = even("x", 0, 1, 600);
  gone.missing = 400;
  const auto drift = judged(a, table({gone}));
  const auto& x = drift.columns.front();
  ASSERT_TRUE(x.flagged());
  EXPECT_EQ(x.exceeded.front().measure, "psi");
  EXPECT_EQ(x.exceeded.back().measure, "missing");
  EXPECT_EQ(x.missing.b, 0.4);
  EXPECT_EQ(x.cells.labels.back(), "(missing)");
  EXPECT_GT(x.test->p, 0.9);  // what is there is as before
}

TEST(Drift, TakesNotANumberForMissing)
{
  const auto a = table({even("x", 0, 1, 1000)});
  auto gone = even("x", 0, 1, 600);
  gone.nan = 400;
  EXPECT_EQ(judged(a, table({gone})).columns.front().missing.b, 0.4);
}

TEST(Drift, NamesNewAndVanishedValues)
{
  const auto a = table({listed("c", {{"u", 600}, {"v", 400}})});
  const auto b = table({listed("c", {{"u", 600}, {"w", 390}, {"x", 10}})});
  const auto drift = judged(a, b);
  const auto& c = drift.columns.front();
  EXPECT_THAT(c.new_values, ElementsAre(model::ValueCount{"w", 390}, model::ValueCount{"x", 10}));
  EXPECT_THAT(c.vanished_values, ElementsAre(model::ValueCount{"v", 400}));
  EXPECT_DOUBLE_EQ(c.new_share, 0.4);
  EXPECT_THAT(c.cells.labels, ElementsAre("u", "v", "(new)"));
  EXPECT_THAT(c.cells.b, ElementsAre(600, 0, 400));
  EXPECT_TRUE(c.flagged());
}

// Half of the values of a are there once: half of b's are new by chance.
TEST(Drift, ExpectsNewValuesWhereMostAreRare)
{
  std::vector<model::ValueCount> of_a = {{"often", 50}};
  std::vector<model::ValueCount> of_b = {{"often", 50}};
  for (int i = 0; i < 50; ++i) {
    of_a.push_back({"a" + std::to_string(i), 1});
    of_b.push_back({"b" + std::to_string(i), 1});
  }
  const auto drift = judged(table({listed("c", of_a)}, 100), table({listed("c", of_b)}, 100));
  EXPECT_DOUBLE_EQ(drift.columns.front().new_share, 0.5);
  EXPECT_DOUBLE_EQ(drift.columns.front().new_expected, 0.5);
  EXPECT_FALSE(drift.flagged());
}

TEST(Drift, TakesEqualNumbersOfOtherTypesForTheSame)
{
  auto whole = listed("n", {{"0", 500}, {"1", 500}});
  whole.kind = model::ColumnClass::numeric;
  whole.type = "BIGINT";
  auto real = listed("n", {{"0.0", 500}, {"1.0", 500}});
  real.kind = model::ColumnClass::numeric;
  real.type = "DOUBLE";
  const auto drift = judged(table({whole}), table({real}));
  EXPECT_EQ(drift.schema.size(), 1U);
  EXPECT_NEAR(*drift.columns.front().psi, 0, 1e-12);
}

model::ColumnProfile listed_numbers(const std::string& type, std::vector<model::ValueCount> values)
{
  auto profile = listed("n", std::move(values));
  profile.kind = model::ColumnClass::numeric;
  profile.type = type;
  return profile;
}

// Both are one double, which no test of a cell may take for one value.
TEST(Drift, TellsWholeNumbersApartThatADoubleDoesNot)
{
  const auto a = table({listed_numbers("BIGINT", {{"9007199254740992", 1000}})});
  const auto b = table({listed_numbers("BIGINT", {{"9007199254740993", 1000}})});
  const auto drift = judged(a, b);
  EXPECT_GT(*drift.columns.front().psi, 1);
  EXPECT_THAT(flagged(drift), ElementsAre("n psi"));
  EXPECT_EQ(drift.columns.front().ks, 1);
  const auto both =
      table({listed_numbers("BIGINT", {{"9007199254740992", 600}, {"9007199254740993", 400}})});
  EXPECT_NEAR(*judged(both, both).columns.front().psi, 0, 1e-12);
  EXPECT_DOUBLE_EQ(judged(a, both).columns.front().new_share, 0.4);
}

TEST(Drift, KnowsEqualNumbersByTheirDigits)
{
  const std::vector<std::pair<std::string, std::string>> same = {
      {"9007199254740992", "9007199254740992.0"},
      {"100000000000000000000", "1e+20"},
      {"-0.0", "0"},
      {"1.50", "1.5"},
      {"0.0000001", "1e-07"},
      {"-120.0", "-120"}};
  for (const auto& [x, y] : same) {
    const auto drift = judged(table({listed_numbers("DECIMAL(38,10)", {{x, 1000}})}),
                              table({listed_numbers("DOUBLE", {{y, 1000}})}));
    EXPECT_NEAR(*drift.columns.front().psi, 0, 1e-12) << x << " " << y;
  }
}

// Values of one side that are the same on the other are counted together.
TEST(Drift, AddsUpWhatIsOneNumber)
{
  const auto a = table({listed_numbers("DOUBLE", {{"0.0", 600}, {"-0.0", 400}})});
  const auto drift = judged(a, table({listed_numbers("BIGINT", {{"0", 1000}})}));
  EXPECT_THAT(drift.columns.front().cells.a, ElementsAre(1000));
}

std::vector<std::string> without_distance(const model::ColumnProfile& a,
                                          const model::ColumnProfile& b, const std::string& measure)
{
  model::DriftRule rule;
  rule.limits[measure] = 0.1;
  rule.schema = false;  // says nothing of values
  std::vector<std::string> reasons;
  for (const auto& item : judged(table({a}), table({b}), {rule}).uncompared) {
    reasons.push_back(item.reason);
  }
  return reasons;
}

TEST(Drift, DoesNotPassALimitForADistanceThatIsNotThere)
{
  auto gone = column("n");
  gone.missing = 1000;
  gone.top_is_all = true;
  auto infinite = column("n");
  infinite.infinite = 1000;
  infinite.distinct = {1, 1, 1};
  const auto many = even("n", 0, 1, 1000);
  const auto few = listed_numbers("DOUBLE", {{"1.0", 500}, {"2.0", 500}});
  for (const char* measure : {"ks", "wasserstein"}) {
    for (const auto& some : {many, few}) {
      EXPECT_THAT(without_distance(some, gone, measure),
                  ElementsAre("no distance: b has no value"));
      EXPECT_THAT(without_distance(gone, some, measure),
                  ElementsAre("no distance: a has no value"));
    }
    EXPECT_THAT(without_distance(many, infinite, measure),
                ElementsAre("no distance: a or b has no finite value"));
    EXPECT_THAT(without_distance(gone, gone, measure), IsEmpty());
    EXPECT_THAT(without_distance(many, many, measure), IsEmpty());
  }
  EXPECT_THAT(without_distance(many, gone, "psi"), IsEmpty()) << "has a cell for what is missing";
}

TEST(Drift, MeasuresAConstantOnlyAgainstItself)
{
  auto five = listed_numbers("BIGINT", {{"5", 1000}});
  five.numbers = model::NumberSummary{5, 5, 5, 0};
  const auto other = listed_numbers("BIGINT", {{"900", 1000}});
  EXPECT_EQ(judged(table({five}), table({five})).columns.front().wasserstein, 0);
  EXPECT_THAT(without_distance(five, five, "wasserstein"), IsEmpty());
  EXPECT_THAT(without_distance(five, other, "wasserstein"),
              ElementsAre("wasserstein: the values of a have no deviation"));
  EXPECT_THAT(without_distance(five, other, "ks"), IsEmpty()) << "it is 1, and drift";
}

TEST(Drift, ComparesOnlyWhatIsMissingOfNumbersAndText)
{
  const auto a = table({even("x", 0, 1, 1000)});
  const auto b = table({listed("x", {{"u", 1000}})});
  const auto drift = judged(a, b);
  const model::ColumnDrift& column = drift.columns.front();
  EXPECT_EQ(column.other_kind, model::ColumnClass::text);
  EXPECT_FALSE(column.psi || column.js || column.test || column.flagged());
  EXPECT_EQ(drift.schema.size(), 1U);
  ASSERT_EQ(drift.uncompared.size(), 1U);
  EXPECT_EQ(drift.uncompared.front().reason, "numbers in a, text in b");
  model::DriftRule rule;
  rule.limits["missing"] = 0.1;  // of which something can be said
  EXPECT_THAT(judged(a, b, {rule}).uncompared, IsEmpty());
}

TEST(Drift, DrawsOneNumberByValue)
{
  auto seven = listed("n", {{"7", 1000}});
  seven.kind = model::ColumnClass::numeric;
  seven.type = "BIGINT";
  seven.percentiles.assign(101, 7);
  const auto drift = judged(table({seven}), table({seven}));
  EXPECT_THAT(drift.columns.front().picture.labels, ElementsAre("7"));
  EXPECT_THAT(drift.columns.front().picture.a, ElementsAre(1));
}

TEST(Drift, IsJudgedByTheLastRuleThatSaysSo)
{
  const auto a = table({even("x", 0, 1, 1000), even("y", 0, 1, 1000)});
  const auto b = table({even("x", 0.3, 1.3, 1000), even("y", 0.3, 1.3, 1000)});
  model::DriftRule strict;
  strict.limits = {{"ks", 0.1}};
  model::DriftRule lenient;
  lenient.column = "x";
  lenient.limits = {{"ks", 0.5}};
  EXPECT_THAT(flagged(judged(a, b, {strict, lenient})), ElementsAre("y ks"));
  EXPECT_THAT(flagged(judged(a, b, {lenient, strict})), ElementsAre("x ks", "y ks"));
  model::DriftRule elsewhere;
  elsewhere.path = "other.csv";
  elsewhere.limits = {{"ks", 0.9}};
  EXPECT_THAT(flagged(judged(a, b, {elsewhere})), ElementsAre("x psi", "y psi"));
  EXPECT_FALSE(judged(a, b, {elsewhere}).has_thresholds);
  model::DriftRule ignored;
  ignored.column = "x";
  ignored.ignore = true;
  EXPECT_THAT(flagged(judged(a, b, {ignored})), ElementsAre("y psi"));
}

TEST(Drift, CountsTheSchemaWhereARuleSaysSo)
{
  const auto a = table({even("x", 0, 1, 1000)});
  const auto b = table({even("x", 0, 1, 1000), even("y", 0, 1, 1000)});
  EXPECT_FALSE(judged(a, b).flagged());
  model::DriftRule rule;
  rule.schema = true;
  EXPECT_TRUE(judged(a, b, {rule}).flagged());
}

TEST(Drift, PutsTheWorstFirst)
{
  const auto a =
      table({even("same", 0, 1, 1000), even("near", 0, 1, 1000), even("far", 0, 1, 1000)});
  const auto b =
      table({even("same", 0, 1, 1000), even("near", 0.2, 1.2, 1000), even("far", 0.6, 1.6, 1000)});
  const auto drift = judged(a, b);
  EXPECT_EQ(drift.columns[0].column, "far");
  EXPECT_EQ(drift.columns[1].column, "near");
  EXPECT_EQ(drift.columns[2].column, "same");
}

TEST(DrawnColumn, HasNumbersInEqualPartsAndAFewByValue)
{
  auto numbers = even("x", 0, 1, 1000);
  const auto picture = draw_column(numbers, table({numbers}), 4);
  EXPECT_TRUE(picture.labels.empty());
  EXPECT_TRUE(picture.b.empty());
  ASSERT_EQ(picture.a.size(), 4U);
  EXPECT_NEAR(picture.a[1], 0.245, 1e-9);  // a quarter of the middle 98 %
  numbers.top = {{"10", 600}, {"-2", 300}, {"9", 100}};
  numbers.top_is_all = true;
  const auto few = draw_column(numbers, table({numbers}), 4);
  EXPECT_THAT(few.labels, ElementsAre("-2", "9", "10"));
  EXPECT_THAT(few.a, ElementsAre(0.3, 0.1, 0.6));
}

TEST(DrawnColumn, HasAsManyWholeNumbersInEachCell)
{
  auto numbers = column("c");
  numbers.type = "BIGINT";
  numbers.percentiles.clear();
  for (int i = 0; i <= 100; ++i) {
    numbers.percentiles.push_back(std::floor(i / 100.0 * 23.999));  // 0 to 23, each as often
  }
  const auto by_percentiles = draw_column(numbers, table({numbers}), 8);
  EXPECT_EQ(by_percentiles.low, 0);
  EXPECT_EQ(by_percentiles.high, 24);
  ASSERT_EQ(by_percentiles.a.size(), 8U);
  for (const double share : by_percentiles.a) {
    EXPECT_NEAR(share, 0.125, 0.011);
  }
  numbers.top_is_all = true;
  for (int i = 0; i < 24; ++i) {
    numbers.top.push_back({std::to_string(i), 10});
  }
  const auto counted = draw_column(numbers, table({numbers}), 8);
  EXPECT_THAT(counted.a, ::testing::Each(::testing::DoubleNear(0.125, 1e-12)));
  EXPECT_EQ(draw_column(numbers, table({numbers}), 20).a.size(), 24U) << "rather a few cells more";
}

TEST(DrawnColumn, HasTheMostFrequentValuesAndAllOthersTogether)
{
  auto words = column("c");
  words.kind = model::ColumnClass::text;
  words.percentiles.clear();
  words.missing = 200;
  words.top = {{"u", 400}, {"v", 100}, {"w", 100}};
  const auto picture = draw_column(words, table({words}), 2);
  EXPECT_THAT(picture.labels, ElementsAre("u", "v", "(other)"));
  EXPECT_THAT(picture.a, ElementsAre(0.5, 0.125, 0.375));
  words.top.clear();
  EXPECT_TRUE(draw_column(words, table({words}), 2).a.empty());
}

TEST(Drift, SaysNothingOfAnEmptyTable)
{
  auto none = column("x");
  const auto drift = judged(table({even("x", 0, 1, 1000)}), table({none}, 0));
  EXPECT_FALSE(drift.columns.front().psi);
  EXPECT_FALSE(drift.flagged());
}

}  // namespace
}  // namespace mlrepro::plan
