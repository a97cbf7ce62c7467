// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/metrics_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlrepro/format/number_text.hpp"
#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "loss@2=0.3", without "@2" where no step is given.
std::vector<std::string> read(const std::string& file, std::string_view text)
{
  std::vector<std::string> metrics;
  for (const model::MetricLogged& metric : parse_metrics(file, text).metrics) {
    metrics.push_back(metric.key + (metric.step ? "@" + std::to_string(*metric.step) : "") + "=" +
                      to_text(metric.value));
  }
  return metrics;
}

TEST(MetricsFile, JoinsNestedNamesOfMaps)
{
  EXPECT_THAT(read("m.json", R"({"val":{"loss":0.5,"auc":1},"n":3})"),
              ElementsAre("val.loss=0.5", "val.auc=1", "n=3"));
  EXPECT_THAT(read("m.yaml", "val:\n  loss: 0.5\nn: 3\n"), ElementsAre("val.loss=0.5", "n=3"));
  EXPECT_THAT(read("m.toml", "n = 3\n[val]\nloss = 0.5\n"), ElementsAre("n=3", "val.loss=0.5"));
}

TEST(MetricsFile, TakesAListOfNumbersAsASeries)
{
  EXPECT_THAT(read("m.json", R"({"loss":[0.5,0.25,NaN]})"),
              ElementsAre("loss@0=0.5", "loss@1=0.25", "loss@2=NaN"));
  EXPECT_THAT(read("m.yaml", "loss: [.inf, -.inf, .nan]"),
              ElementsAre("loss@0=Infinity", "loss@1=-Infinity", "loss@2=NaN"));
}

TEST(MetricsFile, ReadsSpecialNumbersOfEachFormat)
{
  EXPECT_THAT(read("m.json", R"({"NaN \"":NaN,"b\\":-Infinity,"c":"Infinity"})"),
              ElementsAre("NaN \"=NaN", "b\\=-Infinity", "c=Infinity"));
  EXPECT_THAT(read("m.yml", "a: .nan\nb: -.inf\nc: +.inf\nd: .5"),
              ElementsAre("a=NaN", "b=-Infinity", "c=Infinity", "d=0.5"));
  EXPECT_THAT(read("m.toml", "a = nan\nb = -inf"), ElementsAre("a=NaN", "b=-Infinity"));
  EXPECT_THAT(read("m.csv", "a,b\nnan,-inf"), ElementsAre("a@0=NaN", "b@0=-Infinity"));
}

TEST(MetricsFile, NamesWhatIsNoNumber)
{
  const MetricsFile file =
      parse_metrics("m.json", R"({"a":"high","b":[1,"x"],"c":true,"d":null,"e":[{}],"f":1})");
  EXPECT_THAT(file.skipped, ElementsAre("a", "b", "c", "d", "e"));
  ASSERT_EQ(file.metrics.size(), 1U);
  EXPECT_EQ(file.metrics[0].key, "f");
}

TEST(MetricsFile, ReadsTablesByTheirStep)
{
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"step,loss,auc\n10,0.5,0.7\n20,0.4,\n", {"loss@10=0.5", "auc@10=0.7", "loss@20=0.4"}},
      {"loss,epoch\n0.5,1\n0.4,2", {"loss@1=0.5", "loss@2=0.4"}},
      {"loss\n0.5\n0.4", {"loss@0=0.5", "loss@1=0.4"}},
      {"step,epoch\n1,0.5\n2,1", {"epoch@1=0.5", "epoch@2=1"}},
      {"epoch,loss\n0.5,1\n1,2", {"epoch@0=0.5", "loss@0=1", "epoch@1=1", "loss@1=2"}},
      {"epoch,loss\nnan,1", {"epoch@0=NaN", "loss@0=1"}},
      {"step,loss\n1e300,1", {"step@0=1e+300", "loss@0=1"}},
      {",step,loss\n0,5,0.1\n", {"loss@5=0.1"}},
      {",loss\n7,0.1\n", {"loss@7=0.1"}},
      {",loss\nred,0.1\n", {"loss@0=0.1"}},
      {"\xef\xbb\xbfstep,loss\n3,0.1", {"loss@3=0.1"}},
      {"step, loss \n 3, 0.1\n", {"loss@3=0.1"}},
      {"step,loss\r\n3,0.1\r\n\r\n4,0.2\r\n", {"loss@3=0.1", "loss@4=0.2"}},
      {"step,loss\r3,0.1\r", {"loss@3=0.1"}},
      {"step,\"a,\"\"b\"\"\"\n3,\"0.1\"\n", {"a,\"b\"@3=0.1"}},
      {"metric,value\nloss,0.5\nauc,0.7\n", {"loss=0.5", "auc=0.7"}},
      {"step,loss\n", {}},
      {"\n\n", {}},
      {"", {}}};
  for (const auto& [text, metrics] : cases) {
    EXPECT_EQ(read("m.csv", text), metrics) << text;
  }
  EXPECT_THAT(read("m.tsv", "step\tval loss\n1\t0.5"), ElementsAre("val loss@1=0.5"));
}

TEST(MetricsFile, SkipsTextInTablesOncePerColumn)
{
  const MetricsFile file = parse_metrics("m.csv", "step,model,loss\n1,cnn,0.5\n2,cnn,0.4\n");
  EXPECT_THAT(file.skipped, ElementsAre("model"));
  EXPECT_EQ(file.metrics.size(), 2U);
  EXPECT_THAT(parse_metrics("m.csv", "name,value\nmodel,cnn\nempty\n").skipped,
              ElementsAre("model", "empty"));
}

TEST(MetricsFile, ReadsEventLines)
{
  EXPECT_THAT(
      read("m.jsonl",
           "{\"metric\":\"a\",\"value\":1,\"step\":3}\n{\"param\":\"p\",\"value\":1}\n{\"b\":2}"),
      ElementsAre("a@3=1", "b=2"));
}

TEST(MetricsFile, IsEmptyWithoutContent)
{
  EXPECT_THAT(read("m.yaml", ""), IsEmpty());
  EXPECT_THAT(read("m.yaml", "# nothing yet\n"), IsEmpty());
  EXPECT_THAT(read("m.json", "{}"), IsEmpty());
  EXPECT_THAT(read("m.toml", ""), IsEmpty());
  EXPECT_THAT(read("m.jsonl", ""), IsEmpty());
}

TEST(MetricsFile, SaysWhereItIsWrong)
{
  struct Case {
    std::string file, text, message;
  };
  const std::vector<Case> cases = {
      {"m.json", "{\"a\":1,\n \"b\" 2}", "file 'm.json', line 2, column 6"},
      {"m.json", "{\"a\":NaN, \"b\":x}", "line 1, column 15"},
      {"m.json", "[1,2]", "its top level is no map"},
      {"m.json", "0.5", "its top level is no map"},
      {"m.json", "", "line 1, column 1: the file ends early"},
      {"m.json", "{\"\":1}", "file 'm.json': the name of a metric is empty"},
      {"m.yaml", "a: 1\nb: [1\n", "line 3"},
      {"m.toml", "a = \n", "file 'm.toml', line 1"},
      {"m.csv", "a,b\n1,\"x", "line 2, column 3: the quote is not closed"},
      {"m.csv", "a,b\n\n\"1\n\",2\n1,2,3\n", "line 5: more fields than the header"},
      {"m.jsonl", "{\"a\":1}\nx\n", "line 2: not JSON"},
      {"m.txt", "", "its ending is none of"}};
  for (const Case& item : cases) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr(item.message),
                          [&] { parse_metrics(item.file, item.text); });
  }
}

}  // namespace
}  // namespace mlrepro::format
