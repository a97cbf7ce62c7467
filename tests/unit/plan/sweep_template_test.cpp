// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sweep_template.hpp"

#include <gmock/gmock.h>

#include "support/error_of.hpp"

namespace mlrepro::plan {
namespace {

using model::SweepAxis;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const model::SweepPoint k_point = {{"lr", "0.1"}, {"model.depth", "4"}};

TEST(SweepTemplate, PutsValuesInPlaceOfNames)
{
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"{lr}", "0.1"},
      {"--lr={lr}", "--lr=0.1"},
      {"{lr}-{model.depth}-{item}.pkl", "0.1-4-3.pkl"},
      {"{lr}{lr}", "0.10.1"},
      {"{{lr}}", "{lr}"},
      {"{{lr}}{lr}", "{lr}0.1"},
      {"{other}", "{other}"},
      {"{", "{"},
      {"{}", "{}"},
      {"{lr", "{lr"},
      {"lr}", "lr}"},
      {"{ lr }", "{ lr }"},
      {"{{lr}", "{0.1"},
      {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"},
      {"{\"a\":{lr}}", "{\"a\":0.1}"},
      {"awk '{print $1}'", "awk '{print $1}'"},
      {"", ""}};
  for (const auto& [text, filled] : cases) {
    EXPECT_EQ(fill_placeholders(text, k_point, 3), filled) << text;
  }
}

TEST(SweepTemplate, FindsTheNames)
{
  EXPECT_THAT(placeholders_in("{a}{b-2} {{c}} {3} {d/e} {"), ElementsAre("a", "b-2", "d/e"));
  EXPECT_THAT(placeholders_in("{}{ x }${x y}"), IsEmpty());
}

TEST(SweepTemplate, RefusesNamesThatDoNotMatchAndSaysWhatToType)
{
  const std::vector<SweepAxis> axes = {{"lr", {"1"}, {}}, {"depth", {"1"}, {}}};
  check_placeholders({"--lr", "{lr}", "{depth}", "{item}", "{seed}"}, axes, {"seed"});
  const auto misspelt = error_of([&] { check_placeholders({"{lr}", "{dept}"}, axes, {}); });
  EXPECT_THAT(misspelt.message(), HasSubstr("'{dept}' in '{dept}': no --each"));
  EXPECT_EQ(misspelt.hint(), "did you mean 'depth'?");
  const auto unknown = error_of([&] { check_placeholders({"{lr}{print}"}, axes, {}); });
  EXPECT_THAT(unknown.hint(), HasSubstr("write {{print}} for those very characters"));
  const auto unused = error_of([&] { check_placeholders({"{lr}"}, axes, {}); });
  EXPECT_THAT(unused.message(), HasSubstr("--each depth: {depth} is not in the command"));
}

}  // namespace
}  // namespace mlrepro::plan
