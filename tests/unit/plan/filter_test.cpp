// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "support/expect_error.hpp"

namespace mlrepro::plan {
namespace {

using Kind = FilterField::Kind;
using ::testing::HasSubstr;

std::string written(const FilterField& field)
{
  static const std::map<Kind, std::string> kinds = {{Kind::metric, "metrics"},
                                                    {Kind::param, "params"},
                                                    {Kind::tag, "tags"},
                                                    {Kind::attribute, "attributes"},
                                                    {Kind::code, "code"},
                                                    {Kind::level, "level"},
                                                    {Kind::input, "inputs"},
                                                    {Kind::output, "outputs"},
                                                    {Kind::environment, "environment"}};
  return kinds.at(field.kind) + "." + field.key;
}

std::string written(const FilterValue& value)
{
  return "'" + value.text + "'" +
         (value.number ? "#" + std::to_string(static_cast<long long>(*value.number * 1000)) : "");
}

// One spelling for each tree: "(and (< metrics.x '1'#1000) (null params.y))"; numbers in
// thousandths.
std::string written(const Filter& filter)
{
  static const std::map<FilterOperator, std::string> operators = {
      {FilterOperator::equal, "="},      {FilterOperator::not_equal, "!="},
      {FilterOperator::less, "<"},       {FilterOperator::less_equal, "<="},
      {FilterOperator::greater, ">"},    {FilterOperator::greater_equal, ">="},
      {FilterOperator::like, "like"},    {FilterOperator::not_like, "unlike"},
      {FilterOperator::in, "in"},        {FilterOperator::not_in, "not-in"},
      {FilterOperator::is_null, "null"}, {FilterOperator::is_not_null, "some"}};
  static const std::map<Filter::Kind, std::string> kinds = {{Filter::Kind::all, "all"},
                                                            {Filter::Kind::conjunction, "and"},
                                                            {Filter::Kind::disjunction, "or"},
                                                            {Filter::Kind::negation, "not"}};
  if (filter.kind == Filter::Kind::comparison) {
    std::string text = "(" + operators.at(filter.comparison) + " " + written(filter.field);
    for (const FilterValue& value : filter.values) {
      text += " " + written(value);
    }
    return text + ")";
  }
  std::string text = "(" + kinds.at(filter.kind);
  for (const Filter& child : filter.children) {
    text += " " + written(child);
  }
  return text + ")";
}

using Cases = std::vector<std::pair<std::string, std::string>>;

void expect_all(const Cases& cases)
{
  for (const auto& [text, tree] : cases) {
    EXPECT_EQ(written(parse_filter(text)), tree) << text;
  }
}

TEST(Filter, ReadsComparisons)
{
  expect_all({
      {"", "(all)"},
      {"  \t\n", "(all)"},
      {"metrics.rmse < 0.5", "(< metrics.rmse '0.5'#500)"},
      {"metrics.rmse<-1e1", "(< metrics.rmse '-1e1'#-10000)"},
      {"metric.rmse>=+2", "(>= metrics.rmse '+2'#2000)"},
      {"metrics.a <> 1", "(!= metrics.a '1'#1000)"},
      {"metrics.a == 1", "(= metrics.a '1'#1000)"},
      {"METRICS.Loss = 1", "(= metrics.Loss '1'#1000)"},
      {"metrics.val/loss = 1", "(= metrics.val/loss '1'#1000)"},
      {"params.lr = 0.1", "(= params.lr '0.1'#100)"},
      {"params.lr = '0.1'", "(= params.lr '0.1')"},
      {"params.lr > \"a\"", "(> params.lr 'a')"},
      {"tags.k != 'v'", "(!= tags.k 'v')"},
      {"name = 'x'", "(= attributes.name 'x')"},
      {"Attributes.name = 'x'", "(= attributes.name 'x')"},
      {"STATUS = 'failed'", "(= attributes.status 'failed')"},
  });
}

TEST(Filter, KnowsTheWordsOfMlflow)
{
  expect_all({
      {"attributes.run_name ILIKE 'a%'", "(like attributes.name 'a%')"},
      {"attr.run_name not ilike 'a%'", "(unlike attributes.name 'a%')"},
      {"attributes.status = 'FINISHED'", "(= attributes.status 'finished')"},
      {"status in ('FAILED', 'killed')", "(in attributes.status 'failed' 'killed')"},
      {"start_time > 1764000000000", "(> attributes.started_at '1764000000000'#1764000000000000)"},
      {"attributes.end_time < '2026-01-01'",
       "(< attributes.ended_at '2026-01-01'#1767225600000000)"},
      {"attributes.run_id = 'ab12'", "(= attributes.id 'ab12')"},
      {"user_id = 'ada'", "(= attributes.user 'ada')"},
  });
}

TEST(Filter, JoinsByPrecedence)
{
  expect_all({
      {"seed = 1 and seed = 2 or seed = 3",
       "(or (and (= attributes.seed '1'#1000) (= attributes.seed '2'#2000)) (= attributes.seed "
       "'3'#3000))"},
      {"seed = 1 or seed = 2 and seed = 3",
       "(or (= attributes.seed '1'#1000) (and (= attributes.seed '2'#2000) (= attributes.seed "
       "'3'#3000)))"},
      {"seed = 1 AND (seed = 2 Or seed = 3)",
       "(and (= attributes.seed '1'#1000) (or (= attributes.seed '2'#2000) (= attributes.seed "
       "'3'#3000)))"},
      {"not seed = 1 and seed = 2",
       "(and (not (= attributes.seed '1'#1000)) (= attributes.seed '2'#2000))"},
      {"not not (seed = 1)", "(not (not (= attributes.seed '1'#1000)))"},
      {"((seed=1))", "(= attributes.seed '1'#1000)"},
      {"seed=1 and seed=2 and seed=3",
       "(and (= attributes.seed '1'#1000) (= attributes.seed '2'#2000) (= attributes.seed "
       "'3'#3000))"},
  });
}

TEST(Filter, ReadsWordsAsOperators)
{
  expect_all({
      {"params.x is null", "(null params.x)"},
      {"params.x IS NOT NULL", "(some params.x)"},
      {"name like 'a%'", "(like attributes.name 'a%')"},
      {"name not like 'a_'", "(unlike attributes.name 'a_')"},
      {"status in ('failed', 'killed')", "(in attributes.status 'failed' 'killed')"},
      {"metrics.a not in (1,2)", "(not-in metrics.a '1'#1000 '2'#2000)"},
  });
}

TEST(Filter, UnquotesNamesAndText)
{
  expect_all({
      {"metrics.\"val loss\" > 0", "(> metrics.val loss '0'#0)"},
      {"params.`a``b` = 'it''s'", "(= params.a`b 'it's')"},
      {"name = \"a'b\"", "(= attributes.name 'a'b')"},
      {"tags.'and' = ''", "(= tags.and '')"},
      {"name = 'caf\xc3\xa9'", "(= attributes.name 'caf\xc3\xa9')"},
      {"params.caf\xc3\xa9 = 1", "(= params.caf\xc3\xa9 '1'#1000)"},
  });
}

TEST(Filter, GivesValuesTheTypeOfTheirField)
{
  expect_all({
      {"started_at >= '2023-11-14'", "(>= attributes.started_at '2023-11-14'#1699920000000000)"},
      {"started_at >= '2023-11-14 22:13'",
       "(>= attributes.started_at '2023-11-14 22:13'#1699999980000000)"},
      {"ended_at < '2023-11-14T22:13:20.123Z'",
       "(< attributes.ended_at '2023-11-14T22:13:20.123Z'#1700000000123000)"},
      {"started_at > 5", "(> attributes.started_at '5'#5000)"},
      {"level.recorded >= 'data'", "(>= level.recorded 'data'#3000)"},
      {"level.proven = 'Eval'", "(= level.proven 'Eval'#5000)"},
      {"code.dirty = true", "(= code.dirty 'true'#1000)"},
      {"code.dirty != 'FALSE'", "(!= code.dirty 'FALSE'#0)"},
      {"exit_code = '0'", "(= attributes.exit_code '0'#0)"},
      {"name = 5", "(= attributes.name '5')"},
      {"code.commit = 'abc'", "(= code.commit 'abc')"},
      {"environment.'numpy' = '1.26.4'", "(= environment.numpy '1.26.4')"},
      {"environment.scikit-learn not like '1.%'", "(unlike environment.scikit-learn '1.%')"},
      {"environment.numpy < '2'", "(< environment.numpy '2')"},
      {"environment.threads = 8", "(= environment.threads '8')"},
      {"input.x != 'AB'", "(!= inputs.x 'ab')"},
      {"inputs.\"data/a.csv\" = 'sha256:ABC'", "(= inputs.data/a.csv 'abc')"},
      {"outputs.model = 12", "(= outputs.model '12')"},
  });
  EXPECT_TRUE(parse_filter("metrics.a = nan").values[0].number !=
              parse_filter("metrics.a = nan").values[0].number);
  EXPECT_FALSE(parse_filter("params.a = nan").values[0].number);
  EXPECT_GT(*parse_filter("metrics.a < inf").values[0].number, 1e308);
}

TEST(Filter, SaysInWhichColumnItIsWrong)
{
  const Cases cases = {
      {"metrics.a", "column 10: expected one of = != < <= > >= like in is, found the end"},
      {"metrics.a <", "column 12: expected a value, found the end"},
      {"metrics.a < b", "column 13: 'b' is no value"},
      {"metrics.a < 'b'", "column 13: expected a number, found 'b'"},
      {"metrics. = 1", "column 1: a key must follow 'metrics.'"},
      {"metrics.\"\" = 1", "column 1: a key must follow"},
      {"rmse < 1", "column 1: unknown field 'rmse'"},
      {"code.comit = 'a'", "column 1: unknown field 'code.comit'"},
      {"= 1", "column 1: expected a field"},
      {"'name' = 1", "column 1: expected a field"},
      {"seed = 1 seed = 2", "column 10: expected 'and', 'or' or the end"},
      {"seed = 1 and", "column 13: expected a field"},
      {"(seed = 1", "column 10: expected ')'"},
      {"seed = 1)", "column 9: expected 'and', 'or' or the end, found ')'"},
      {"seed # 1", "column 6: unexpected '#'"},
      {"name = 'x", "column 8: the quote is not closed"},
      {"params.'x = 1", "column 8: the quote is not closed"},
      {"seed in 1", "column 9: expected '('"},
      {"seed in ()", "column 10: expected a value"},
      {"seed in (1", "column 11: expected ',' or ')'"},
      {"seed is 1", "column 9: expected 'null'"},
      {"seed not 1", "column 10: expected one of"},
      {"metrics.a like 'x'", "column 11: 'like' is for text"},
      {"status < 'failed'", "column 8: 'status' has no order"},
      {"status = 'done'", "column 10: 'done' is no status"},
      {"status = 'Done'", "column 10: 'Done' is no status"},
      {"code.dirty = 2", "column 14: expected true or false"},
      {"started_at > 'soon'", "column 14: expected a time"},
      {"started_at > nan", "column 14: expected a time"},
      {"level.recorded > 'high'", "column 18: expected a level"},
      {"level.recorded > nan", "column 18: expected a level"},
      {"metrics.a > nan", "column 13: nothing is greater or less than NaN"},
      {"exit_code = nan", "column 13: nothing is greater"},
      {"environment. = 'x'", "column 1: a key must follow"},
      {"environment.numpy = 1.26.4", "column 21: '1.26.4' is no value"},
      {"inputs.x = 'xyz'", "column 12: 'xyz' is no id"},
      {std::string(101, '(') + "seed = 1", "column 101: nested too deeply"},
      {"seed = 1 and name = a\xff", "column 21: 'a\xff' is no value"}};
  for (const auto& [text, message] : cases) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr(message),
                          [&text = text] { parse_filter(text); });
  }
}

TEST(Filter, HasALimitOfConditions)
{
  for (const std::string condition : {"seed = 1", "seed is null"}) {
    std::string text = condition;
    for (int i = 1; i < 400; ++i) {
      text += " and " + condition;
    }
    EXPECT_EQ(parse_filter(text).children.size(), 400U);
    testing::expect_error(model::ErrorKind::usage, HasSubstr("more than 400"),
                          [&] { parse_filter(text + " or " + condition); });
  }
}

TEST(Filter, SuggestsWhatWasMeant)
{
  const Cases cases = {{"statsu = 'failed'", "did you mean 'status'?"},
                       {"rmse < 1", "write metrics.rmse, params.rmse or tags.rmse"},
                       {"name = x", "write text in quotes: 'x'"}};
  for (const auto& [text, hint] : cases) {
    try {
      parse_filter(text);
      ADD_FAILURE() << text;
    } catch (const model::Error& error) {
      EXPECT_EQ(error.hint(), hint);
    }
  }
}

TEST(FilterField, IsReadAlone)
{
  const Cases cases = {{"metrics.a", "metrics.a"},
                       {"Params.\"a b\"", "params.a b"},
                       {"started_at", "attributes.started_at"},
                       {"STATUS", "attributes.status"},
                       {"attributes.name", "attributes.name"},
                       {"start_time", "attributes.started_at"},
                       {"code.dirty", "code.dirty"},
                       {"level.proven", "level.proven"},
                       {"tags.a.b", "tags.a.b"}};
  for (const auto& [text, field] : cases) {
    ASSERT_TRUE(parse_field(text)) << text;
    EXPECT_EQ(written(*parse_field(text)), field);
  }
  for (const char* text : {"", "rmse", "metrics", "metrics.", "metrics.\"\"", "code.x", "level.x",
                           "attributes.x", "."}) {
    EXPECT_FALSE(parse_field(text)) << text;
  }
}

}  // namespace
}  // namespace mlrepro::plan
