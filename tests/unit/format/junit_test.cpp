// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/junit.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace mlrepro::format {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

model::Reproduction reproduction(model::Verdict verdict)
{
  model::Reproduction result;
  result.run = *model::RunId::parse("0123456789abcdef0123456789abcdef");
  result.run_name = "brave-otter";
  result.verdict = verdict;
  result.duration_s = 1.25;
  result.levels = {{model::Level::code, model::CheckStatus::same, {}},
                   {model::Level::environment, model::CheckStatus::differs, {"numpy 1 then"}},
                   {model::Level::evaluation, model::CheckStatus::differs, {"1 differs"}}};
  return result;
}

TEST(Junit, TextIsWhatXmlCanHold)
{
  EXPECT_EQ(xml_text("a<b & \"c\">"), "a&lt;b &amp; &quot;c&quot;&gt;");
  EXPECT_EQ(xml_text("l\n\t"), "l&#10;&#9;");
  EXPECT_EQ(xml_text("\x1b[0m"), "\xEF\xBF\xBD[0m");
  EXPECT_EQ(xml_text("\xff"
                     "x"),
            "\xEF\xBF\xBDx");
  EXPECT_EQ(xml_text("\xEF\xBF\xBF"), "\xEF\xBF\xBD");
  EXPECT_EQ(xml_text("zwölf"), "zwölf");
  EXPECT_EQ(xml_text(""), "");
}

TEST(Junit, WhatIsReproducedPasses)
{
  auto result = reproduction(model::Verdict::reproduced);
  result.metrics = {{"rmse", 1, 1, 0, 0, {}, model::MetricStatus::same}};
  result.outputs = {{"model.pkl", {}, {}, model::CheckStatus::same}};
  const std::string text = to_junit(std::vector{result});
  // The level that differs is told and fails nothing.
  EXPECT_THAT(text, HasSubstr("<testsuite name=\"brave-otter\" tests=\"5\" failures=\"0\" "
                              "errors=\"0\" skipped=\"1\" time=\"1.250\">"));
  EXPECT_THAT(text, HasSubstr("<testcase classname=\"brave-otter.metrics\" name=\"rmse\""));
  EXPECT_THAT(text, HasSubstr("<skipped message=\"differs: numpy 1 then\"/>"));
  EXPECT_THAT(text, Not(HasSubstr("evaluation")));
}

TEST(Junit, WhatDiffersFailsAndWhatCannotBeToldIsAnError)
{
  auto result = reproduction(model::Verdict::differs);
  result.reasons = {"metric 'rmse': 1 recorded, 2 replayed", "and more"};
  result.metrics = {{"rmse", 1, 2, 1, 1, {}, model::MetricStatus::differs, {}, "difference 1"},
                    {"auc", 1, NAN, {}, {}, {}, model::MetricStatus::incomparable},
                    {"later", 1, {}, {}, {}, {}, model::MetricStatus::skipped}};
  result.outputs = {{"a", {}, {}, model::CheckStatus::differs},
                    {"b", {}, {}, model::CheckStatus::missing}};
  auto blocked = reproduction(model::Verdict::blocked);
  blocked.reasons = {"no code"};
  blocked.levels = {};
  const std::string text = to_junit(std::vector{result, blocked});
  EXPECT_THAT(text, HasSubstr("<testsuites name=\"mlrepro reproduce\" tests=\"9\" failures=\"3\" "
                              "errors=\"3\" skipped=\"2\" time=\"2.500\">"));
  EXPECT_THAT(text, HasSubstr("<failure type=\"differs\" message=\"1 recorded, 2 replayed, "
                              "difference 1\"/>"));
  EXPECT_THAT(text,
              HasSubstr("<error type=\"incomparable\" message=\"1 recorded, NaN replayed\"/>"));
  EXPECT_THAT(text, HasSubstr("<error type=\"missing\" message=\"missing in the record\"/>"));
  EXPECT_THAT(text, HasSubstr("<error type=\"blocked\" message=\"no code\"/>"));
  EXPECT_THAT(text, HasSubstr("replayed\nand more\n</failure>"));
}

TEST(Junit, TheWorstVerdictIsThatOfAll)
{
  using model::Verdict;
  const auto worst = [](Verdict a, Verdict b) {
    return model::worst_verdict(std::vector{reproduction(a), reproduction(b)});
  };
  EXPECT_EQ(worst(Verdict::reproduced, Verdict::reproduced), Verdict::reproduced);
  EXPECT_EQ(worst(Verdict::reproduced, Verdict::incomparable), Verdict::incomparable);
  EXPECT_EQ(worst(Verdict::blocked, Verdict::incomparable), Verdict::blocked);
  EXPECT_EQ(worst(Verdict::blocked, Verdict::failed), Verdict::failed);
  EXPECT_EQ(worst(Verdict::differs, Verdict::failed), Verdict::differs);
}

}  // namespace
}  // namespace mlrepro::format
