// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/metrics_tail.hpp"

#include <gmock/gmock.h>

#include "mlrepro/format/metrics_file.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

using model::MetricLogged;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "loss=0.5@3"; without "@" where there is no step.
std::vector<std::string> texts(const std::vector<MetricLogged>& metrics)
{
  std::vector<std::string> all;
  for (const MetricLogged& metric : metrics) {
    all.push_back(metric.key + "=" + to_text(metric.value) +
                  (metric.step ? "@" + std::to_string(*metric.step) : ""));
  }
  return all;
}

TEST(MetricsTail, FollowsWhatGrowsByLines)
{
  EXPECT_TRUE(MetricsTail::grows("a.csv") && MetricsTail::grows("b.tsv") &&
              MetricsTail::grows("c.jsonl"));
  EXPECT_FALSE(MetricsTail::grows("a.json") || MetricsTail::grows("a.yaml") ||
               MetricsTail::grows("a.toml"));
}

// However it is cut, a table gives what it gives as a whole.
TEST(MetricsTail, GivesTheSameByteByByte)
{
  const std::vector<std::pair<const char*, const char*>> files = {
      {"a.csv",
       "\xEF\xBB\xBF"
       "epoch,loss,\"a\nb\",word\n1,0.5,3,x\r\n2,,4,y\n"},
      {"b.csv", "loss,acc\n1,2\n3,4\n5,6\n"},
      {"c.csv", "metric,value\nloss,1\nacc,0.5\nloss,2\n"},
      {"d.tsv", "\tstep\tloss\n0\t10\t1\n1\t20\t2\n"},
      {"e.jsonl", "{\"loss\":1,\"step\":3}\n{\"acc\":0.5}\n{\"metric\":\"loss\",\"value\":2}\n"}};
  for (const auto& [name, text] : files) {
    SCOPED_TRACE(name);
    std::string wanted = text;
    MetricsTail tail(name);
    std::vector<MetricLogged> found;
    for (const char byte : wanted) {
      for (MetricLogged& one : tail.feed(std::string_view(&byte, 1))) {
        found.push_back(std::move(one));
      }
    }
    // A name with a line feed is refused by who reads the whole file.
    if (std::string_view(name) != "a.csv") {
      EXPECT_EQ(texts(found), texts(parse_metrics(name, wanted).metrics));
    } else {
      EXPECT_THAT(texts(found), ElementsAre("loss=0.5@1"));
    }
  }
}

TEST(MetricsTail, WaitsForTheEndOfALine)
{
  MetricsTail tail("a.csv");
  EXPECT_THAT(texts(tail.feed("step,loss\n1,0.")), IsEmpty());
  EXPECT_THAT(texts(tail.feed("5\n2,0.2")), ElementsAre("loss=0.5@1"));
  EXPECT_THAT(texts(tail.feed("5\n")), ElementsAre("loss=0.25@2"));
}

TEST(MetricsTail, TakesFractionsForAMetricOnceTheyCome)
{
  MetricsTail tail("a.csv");
  EXPECT_THAT(texts(tail.feed("epoch,loss\n1,3\n")), ElementsAre("loss=3@1"));
  EXPECT_THAT(texts(tail.feed("1.5,2\n")), ElementsAre("epoch=1.5@1", "loss=2@1"));
  EXPECT_THAT(texts(tail.feed("2,1\n")), ElementsAre("epoch=2@2", "loss=1@2"));
}

TEST(MetricsTail, LeavesOutWhatCannotBeRead)
{
  MetricsTail lines("a.jsonl");
  EXPECT_THAT(texts(lines.feed("no json\n{\"loss\":1}\n")), ElementsAre("loss=1"));
  MetricsTail table("a.csv");
  EXPECT_THAT(texts(table.feed("a,b\n1,2,3\n")), IsEmpty());
  EXPECT_THAT(texts(table.feed("1,2\n")), IsEmpty());  // the file as a whole is refused
}

}  // namespace
}  // namespace mlrepro::format
