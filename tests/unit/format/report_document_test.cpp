// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "format/base64.hpp"
#include "mlrepro/format/report_page.hpp"

namespace mlrepro::format {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

model::Report report_named(const std::string& name)
{
  model::Report report;
  report.version = "1";
  model::Run run;
  run.name = name;
  run.command = {name};
  model::ReportSide side;
  side.name = name;
  side.run = run;
  report.sides.push_back(side);
  return report;
}

TEST(ReportDocument, NothingInItIsMarkup)
{
  const std::string hostile =
      "</script><script>alert(1)</script><!-- & \xE2\x80\xA8 \xE2\x80\xA9 \xE2\x82\xAC";
  const std::string text = to_json(report_named(hostile));
  for (const char* markup : {"<", ">", "&", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    EXPECT_THAT(text, Not(HasSubstr(markup)));
  }
  const auto document = nlohmann::json::parse(text);
  EXPECT_EQ(document["schema"], "mlrepro.report/1");
  EXPECT_EQ(document["kind"], "run");
  EXPECT_EQ(document["sides"][0]["name"], hostile);
  EXPECT_EQ(document["sides"][0]["run"]["command"][0], hostile);
}

TEST(ReportDocument, BytesThatAreNoTextAreEscaped)
{
  const auto document = nlohmann::json::parse(to_json(report_named("\xff\xc3")));
  EXPECT_EQ(document["sides"][0]["name"], "\\xff\\xc3");
}

TEST(ReportDocument, ACurveWithoutRangesHasNoUpperEnds)
{
  model::Report report = report_named("x");
  model::ReportSeries series;
  series.key = "loss";
  series.steps = {0, 1};
  series.low = {1, 0.5};
  series.high = series.low;
  report.sides.front().series = {series};
  series.high = {2, 1};
  report.sides.front().series.push_back(series);
  const auto document = nlohmann::json::parse(to_json(report));
  const auto& written = document["sides"][0]["series"];
  EXPECT_TRUE(written[0]["high"].is_null());
  EXPECT_EQ(written[1]["high"], nlohmann::json({2.0, 1.0}));
}

TEST(ReportDocument, PicturesAreBase64)
{
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64("\xff\xfe\xfd"), "//79");
}

}  // namespace
}  // namespace mlrepro::format
