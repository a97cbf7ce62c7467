// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/mlflow_filter.hpp"

#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

using Kind = FilterField::Kind;

Filter parse(std::string_view text, SearchKind kind = SearchKind::runs)
{
  return parse_mlflow_filter(text, kind);
}

std::string error_of(std::string_view text, SearchKind kind = SearchKind::runs)
{
  try {
    parse_mlflow_filter(text, kind);
  } catch (const model::Error& error) {
    EXPECT_EQ(error.kind(), model::ErrorKind::usage);
    return error.message();
  }
  return "no error";
}

TEST(MlflowFilter, EveryNameOfAnEntityIsUnderstood)
{
  for (const char* entity : {"metric", "metrics", "METRICS"}) {
    EXPECT_EQ(parse(std::string(entity) + ".a = 1").field, (FilterField{Kind::metric, "a"}));
  }
  for (const char* entity : {"param", "params", "parameter", "parameters"}) {
    EXPECT_EQ(parse(std::string(entity) + ".a = 'x'").field, (FilterField{Kind::param, "a"}));
  }
  for (const char* entity : {"attribute", "attributes", "attr", "run"}) {
    EXPECT_EQ(parse(std::string(entity) + ".run_name = 'x'").field,
              (FilterField{Kind::attribute, "name"}));
  }
  EXPECT_EQ(parse("dataset.digest = 'x'").field, (FilterField{Kind::dataset, "digest"}));
}

TEST(MlflowFilter, AKeyIsAllBehindTheFirstDot)
{
  EXPECT_EQ(parse("tags.mlflow.source.name = 'x'").field.key, "mlflow.source.name");
  EXPECT_EQ(parse("params.`a b.c` = 'x'").field.key, "a b.c");
  EXPECT_EQ(parse("params.\"a b\" = 'x'").field.key, "a b");
}

TEST(MlflowFilter, LikeIsExactAndIlikeIsNot)
{
  EXPECT_EQ(parse("params.a LIKE 'x%'").comparison, FilterOperator::like_exactly);
  EXPECT_EQ(parse("params.a ilike 'x%'").comparison, FilterOperator::like);
  EXPECT_EQ(parse("params.a NOT LIKE 'x%'").comparison, FilterOperator::not_like_exactly);
  EXPECT_EQ(parse_filter("params.a like 'x%'").comparison, FilterOperator::like);
}

TEST(MlflowFilter, JoinsAsListFiltersDo)
{
  const Filter filter = parse("metrics.a > 1 OR NOT (params.b = '2' AND tags.c IS NULL)");
  ASSERT_EQ(filter.kind, Filter::Kind::disjunction);
  EXPECT_EQ(filter.children[1].kind, Filter::Kind::negation);
  EXPECT_EQ(filter.children[1].children[0].kind, Filter::Kind::conjunction);
  EXPECT_EQ(parse("").kind, Filter::Kind::all);
}

TEST(MlflowFilter, EachSearchHasItsKeys)
{
  EXPECT_EQ(parse("creation_time > 5", SearchKind::experiments).field.key, "created_at");
  EXPECT_EQ(parse("version_number = 2", SearchKind::model_versions).values[0].number, 2.0);
  EXPECT_EQ(parse("metrics.x > 1", SearchKind::logged_models).field.kind, Kind::metric);
  EXPECT_EQ(error_of("metrics.x > 1", SearchKind::experiments),
            "Invalid entity type 'metrics'. Valid values are ['attribute', 'tag']");
  EXPECT_EQ(error_of("status = 'x'", SearchKind::registered_models).substr(0, 36),
            "Invalid attribute key 'status' speci");
}

TEST(MlflowFilter, ValuesHaveTheTypeOfTheirField)
{
  EXPECT_EQ(parse("metrics.a < -1e-5").values[0].number, -1e-5);
  EXPECT_EQ(parse("start_time > '2026-01-01'").values[0].number, 1767225600000.0);
  EXPECT_EQ(error_of("metrics.a > 'x'"), "Expected numeric value type for metric. Found 'x'");
  EXPECT_EQ(error_of("metrics.a = NaN"), "Expected numeric value type for metric. Found 'NaN'");
  EXPECT_EQ(error_of("tags.a = 1"),
            "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1");
  EXPECT_NE(error_of("params.a < '1'").find("Invalid comparator '<' not one of"),
            std::string::npos);
  EXPECT_NE(error_of("metrics.a LIKE '1'").find("Invalid comparator 'LIKE' not one of"),
            std::string::npos);
  EXPECT_EQ(error_of("start_time > 'x'"),
            "Expected numeric value type for numeric attribute: start_time. Found 'x'");
  EXPECT_EQ(error_of("dataset.size = '1'"),
            "Invalid dataset key 'size' specified. Valid keys are 'context', 'digest', 'name'");
  EXPECT_EQ(error_of("params.a = 'x").substr(0, 35), "Invalid clause(s) in filter string:");
}

TEST(MlflowFilter, OrdersByAnyNumberOfFields)
{
  const auto keys =
      parse_mlflow_order({"metrics.a DESC", "params.`b c`", "start_time asc"}, SearchKind::runs);
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0], (SortKey{{Kind::metric, "a"}, true}));
  EXPECT_EQ(keys[1], (SortKey{{Kind::param, "b c"}, false}));
  EXPECT_EQ(keys[2], (SortKey{{Kind::attribute, "started_at"}, false}));
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{
           {"metrics.a UP"}, {"dataset.name"}, {"x.y"}, {""}, {"metrics.a", "metric.a"}}) {
    EXPECT_THROW(parse_mlflow_order(bad, SearchKind::runs), model::Error) << bad[0];
  }
}

}  // namespace
}  // namespace mlrepro::plan
