// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/series_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace mlrepro::format {
namespace {

using Json = nlohmann::json;
using Form = SeriesText::Form;
using Series = std::vector<std::pair<std::string, std::vector<model::MetricPoint>>>;

std::string text_of(Form form, const Series& all)
{
  std::string out;
  SeriesText text(form, model::RunId::from_bytes({}),
                  [&](const std::string& piece) { out += piece; });
  for (const auto& [key, points] : all) {
    text.begin(key, key == "printed" ? "text:stderr" : "");
    for (const model::MetricPoint& point : points) {
      text.add(point);
    }
  }
  text.end();
  return out;
}

const Series k_two = {
    {"loss", {{std::nan(""), 3, {1}}, {0.1, -1, {0}}, {5, -1, {0}}}},
    {"a,\"b", {{-std::numeric_limits<double>::infinity(), 0, {2}}}},
};

TEST(SeriesText, IsADocumentOfOneMetric)
{
  const Json document = Json::parse(text_of(Form::one_json, {k_two[0]}));
  EXPECT_EQ(document["schema"], "mlrepro.metric/1");
  EXPECT_EQ(document["key"], "loss");
  ASSERT_EQ(document["points"].size(), 3U);
  EXPECT_EQ(
      document["points"][0],
      (Json{
          {"step", 3}, {"time", "1970-01-01T00:00:00.001Z"}, {"value", "NaN"}, {"line", nullptr}}));
  EXPECT_EQ(document["source"], nullptr);
  EXPECT_EQ(document["points"][1]["value"], 0.1);
  EXPECT_TRUE(document["points"][2]["value"].is_number_float());
}

TEST(SeriesText, IsADocumentOfManyMetrics)
{
  const Json document = Json::parse(text_of(Form::many_json, k_two));
  EXPECT_EQ(document["schema"], "mlrepro.metrics/1");
  ASSERT_EQ(document["metrics"].size(), 2U);
  EXPECT_EQ(document["metrics"][1]["key"], "a,\"b");
  EXPECT_EQ(document["metrics"][1]["points"][0]["value"], "-Infinity");
  EXPECT_EQ(Json::parse(text_of(Form::many_json, {}))["metrics"], Json::array());
  EXPECT_EQ(Json::parse(text_of(Form::one_json, {{"none", {}}}))["points"], Json::array());
}

TEST(SeriesText, IsATable)
{
  EXPECT_EQ(text_of(Form::csv, k_two),
            "metric,step,time,value,source,line\n"
            "loss,3,1970-01-01T00:00:00.001Z,NaN,,\n"
            "loss,-1,1970-01-01T00:00:00.000Z,0.1,,\n"
            "loss,-1,1970-01-01T00:00:00.000Z,5,,\n"
            "\"a,\"\"b\",0,1970-01-01T00:00:00.002Z,-Infinity,,\n");
}

TEST(SeriesText, TellsTheLineThatAPointWasPrintedOn)
{
  const Series printed = {{"printed", {{0.5, 0, {0}, 17}}}};
  for (const Form form : {Form::one_json, Form::many_json}) {
    const Json document = Json::parse(text_of(form, printed));
    const Json& metric = form == Form::one_json ? document : document["metrics"][0];
    EXPECT_EQ(metric["source"], "text:stderr");
    EXPECT_EQ(metric["points"][0]["line"], 17);
  }
  EXPECT_EQ(text_of(Form::csv, printed),
            "metric,step,time,value,source,line\n"
            "printed,0,1970-01-01T00:00:00.000Z,0.5,text:stderr,17\n");
}

TEST(SeriesText, ComesInPieces)
{
  std::size_t pieces = 0;
  std::size_t longest = 0;
  SeriesText text(Form::many_json, model::RunId::from_bytes({}), [&](const std::string& piece) {
    ++pieces;
    longest = std::max(longest, piece.size());
  });
  text.begin("x");
  for (int i = 0; i < 10'000; ++i) {
    text.add({0.5, i, {0}});
  }
  text.end();
  EXPECT_GT(pieces, 5U);
  EXPECT_LT(longest, 70'000U);
}

}  // namespace
}  // namespace mlrepro::format
