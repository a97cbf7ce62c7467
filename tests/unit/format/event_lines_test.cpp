// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/event_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

using model::MetricLogged;
using model::RunEvent;
using ::testing::HasSubstr;

template <typename Event>
Event only(const std::string& line)
{
  const EventLines lines = parse_event_lines(line);
  EXPECT_EQ(lines.bad.size(), 0U) << line << ": "
                                  << (lines.bad.empty() ? "" : lines.bad[0].problem);
  EXPECT_EQ(lines.events.size(), 1U) << line;
  const Event* event = lines.events.empty() ? nullptr : std::get_if<Event>(&lines.events[0]);
  EXPECT_NE(event, nullptr) << line;
  return event == nullptr ? Event() : *event;
}

struct MetricCase {
  std::string line;
  std::string key;
  double value;
  std::optional<std::int64_t> step;
};

TEST(EventLines, ReadMetricsInEveryForm)
{
  const std::vector<MetricCase> cases = {
      {R"({"metric":"loss","value":0.3,"step":7})", "loss", 0.3, 7},
      {R"( { "metric" : "loss" , "value" : -1e-3 } )", "loss", -0.001, std::nullopt},
      {R"({"value":3,"step":-1,"metric":"loss"})", "loss", 3, -1},
      {R"({"metric":"loss","value":"0.5"})", "loss", 0.5, std::nullopt},
      {R"({"metric":"loss","value":true})", "loss", 1, std::nullopt},
      {R"({"metric":"caf\u00e9","value":1})", "caf\xc3\xa9", 1, std::nullopt},
      {R"({"metric":"loss","value":1,"step":7.0})", "loss", 1, 7},
      {R"({"metric":"loss","value":1,"step":null})", "loss", 1, std::nullopt},
      {R"({"metric":"loss","value":1,"step":9223372036854775807})", "loss", 1, 9223372036854775807},
      {R"({"loss":0.3})", "loss", 0.3, std::nullopt},
      {R"({"metric":0.3})", "metric", 0.3, std::nullopt},
      {R"({"metric":"0.3"})", "metric", 0.3, std::nullopt},
      {R"({"metric":"5","value":1})", "5", 1, std::nullopt},
      {R"({"metric":"nan","value":1,"step":2})", "nan", 1, 2},
      {R"({"value":1,"metric":"nan","step":2})", "nan", 1, 2},
      {R"({"note":5,"step":1})", "note", 5, 1}};
  for (const MetricCase& item : cases) {
    const auto metric = only<MetricLogged>(item.line);
    EXPECT_EQ(metric.key, item.key) << item.line;
    EXPECT_EQ(metric.value, item.value) << item.line;
    EXPECT_EQ(metric.step, item.step) << item.line;
    EXPECT_FALSE(metric.time) << item.line;
  }
}

TEST(EventLines, ReadSpecialNumbersBareAndQuoted)
{
  EXPECT_TRUE(std::isnan(only<MetricLogged>(R"({"metric":"x","value":NaN})").value));
  EXPECT_TRUE(std::isnan(only<MetricLogged>(R"({"x\\":"NaN"})").value));
  EXPECT_EQ(only<MetricLogged>(R"({"a \" NaN":-Infinity})").value,
            -std::numeric_limits<double>::infinity());
  EXPECT_EQ(only<MetricLogged>(R"({"a \" NaN":-Infinity})").key, "a \" NaN");
  EXPECT_EQ(only<MetricLogged>(R"({"metric":"x","value":Infinity})").value,
            std::numeric_limits<double>::infinity());
}

TEST(EventLines, ReadSeveralMetricsOfOneStep)
{
  const EventLines lines =
      parse_event_lines(R"({"loss":0.3,"acc":0.9,"step":7,"time":1700000000123})");
  ASSERT_EQ(lines.events.size(), 2U);
  for (const RunEvent& event : lines.events) {
    EXPECT_EQ(std::get<MetricLogged>(event).step, 7);
    EXPECT_EQ(std::get<MetricLogged>(event).time, model::Timestamp{1'700'000'000'123});
  }
}

TEST(EventLines, TellSecondsFromMilliseconds)
{
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {"1764000000.5", 1'764'000'000'500},
      {"1764000000", 1'764'000'000'000},
      {"1764000000123", 1'764'000'000'123},
      {"100000000000", 100'000'000'000},
      {"-1.25", -1250},
      {"0", 0}};
  for (const auto& [time, ms] : cases) {
    EXPECT_EQ(only<MetricLogged>(R"({"loss":0.3,"time":)" + time + "}").time, model::Timestamp{ms})
        << time;
  }
}

TEST(EventLines, ReadParamsTagsNotesAndArtifacts)
{
  const auto param = only<model::ParamLogged>(R"({"param":"lr","value":0.1,"source":"mlflow"})");
  EXPECT_EQ(param.key + "=" + param.value + " " + param.source, "lr=0.1 mlflow");
  EXPECT_EQ(only<model::ParamLogged>(R"({"param":"layers","value":[1,"a"]})").value, R"([1,"a"])");
  EXPECT_EQ(only<model::ParamLogged>(R"({"param":"x","value":"text"})").source, "log");
  EXPECT_EQ(only<model::TagLogged>(R"({"tag":"k","value":true})").value, "true");
  EXPECT_EQ(only<model::NoteLogged>(R"({"note":"two\nlines"})").text, "two\nlines");
  const std::string hex(64, 'a');
  const auto logged = only<model::ArtifactLogged>(R"({"artifact":"p.png","digest":"sha256:)" + hex +
                                                  R"(","bytes":12})");
  EXPECT_EQ(logged.artifact.path, "p.png");
  EXPECT_EQ(logged.artifact.digest.hex(), hex);
  EXPECT_EQ(logged.artifact.bytes, 12U);
}

TEST(EventLines, ReportABadLineAndGoOn)
{
  const EventLines lines =
      parse_event_lines("{\"a\":1}\r\n\n  \nnonsense\n{\"b\":2}\n{\"c\":\"x\"}");
  EXPECT_EQ(lines.events.size(), 2U);
  ASSERT_EQ(lines.bad.size(), 2U);
  EXPECT_EQ(lines.bad[0].line, 4U);
  EXPECT_EQ(lines.bad[0].problem, "not JSON");
  EXPECT_EQ(lines.bad[1].line, 6U);
  EXPECT_EQ(lines.bad[1].problem, "'c' is no number");
}

TEST(EventLines, SayWhatIsWrong)
{
  const std::string deep =
      R"({"param":"x","value":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[1]", "not a JSON object"},
      {"{", "not JSON"},
      {"{}", "no metric"},
      {R"({"step":1})", "no metric"},
      {R"({"metric":"x"})", "'value' is missing"},
      {R"({"metric":"x","value":"high"})", "'value' is no number"},
      {R"({"metric":"","value":1})", "is empty"},
      {R"({"metric":"x","value":01})", "not JSON"},
      {R"({"metric":"x","value":1.})", "not JSON"},
      {R"({"metric":"x","value":.5})", "not JSON"},
      {R"({"metric":"x","value":+1})", "not JSON"},
      {R"({"metric":"x","value":1,"step":1.5})", "'step' is no whole number"},
      {R"({"metric":"x","value":1,"step":1e300})", "'step' is no whole number"},
      {R"({"metric":"x","value":1,"step":NaN})", "'step' is no whole number"},
      {R"({"metric":"x","value":1,"step":18446744073709551615})", "'step' is no whole number"},
      {R"({"metric":"x","value":1,"time":"yesterday"})", "'time' is neither"},
      {R"({"metric":"x","value":1,"time":1e300})", "'time' is not within"},
      {R"({"metric":"x","value":1,"time":-1e15})", "'time' is not within"},
      {R"({"metric":5,"value":"x"})", "'value' is no number"},
      {R"({"metric":["x"],"value":1})", "must be text"},
      {"{\"metric\":\"a\x7f\",\"value\":1}", "control characters"},
      {R"({"metric":"a\u0000","value":1})", "control characters"},
      {R"({"metric":")" + std::string(501, 'm') + R"(","value":1})", "longer than 500"},
      {"{\"\xff\":1}", "not JSON"},
      {R"({"param":"x","value":null})", "'value' is missing"},
      {R"({"tag":7,"value":"x"})", "must be text"},
      {R"({"artifact":"a","digest":"abc","bytes":1})", "an artifact needs"},
      {R"({"artifact":"a","digest":")" + std::string(64, 'a') + R"(","bytes":-1})",
       "an artifact needs"},
      {deep, "nested too deeply"}};
  for (const auto& [line, problem] : cases) {
    const EventLines lines = parse_event_lines(line);
    EXPECT_TRUE(lines.events.empty()) << line.substr(0, 80);
    ASSERT_EQ(lines.bad.size(), 1U) << line.substr(0, 80);
    EXPECT_THAT(lines.bad[0].problem, HasSubstr(problem)) << line.substr(0, 80);
  }
}

TEST(EventLines, AreReadAsTheyWereWritten)
{
  const std::string hex(64, 'b');
  const std::vector<RunEvent> events = {
      MetricLogged{"loss", 0.1, 7, model::Timestamp{1'700'000'000'123}},
      MetricLogged{"5", -1e-300, std::nullopt, std::nullopt},
      MetricLogged{"nan", std::numeric_limits<double>::infinity(), 0,
                   model::Timestamp{model::Timestamp::k_first_ms}},
      model::ParamLogged{"lr", "0.10", "file:params.yaml"},
      model::TagLogged{"k", ""},
      model::NoteLogged{"\"quoted\"\n"},
      model::ArtifactLogged{{"a/b.png", *model::Digest::parse(hex), UINT64_MAX}}};
  for (const RunEvent& event : events) {
    const std::string line = encode_event(event);
    const EventLines read = parse_event_lines(line);
    ASSERT_EQ(read.events.size(), 1U) << line;
    EXPECT_EQ(read.events[0].index(), event.index());
    EXPECT_EQ(encode_event(read.events[0]), line);
  }
}

TEST(EventLines, WriteTextThatIsNotUtf8)
{
  EXPECT_EQ(
      only<model::ParamLogged>(encode_event(model::ParamLogged{"k", "v\xff", "file:\xfe"})).source,
      "file:\\xfe");
  EXPECT_EQ(only<model::NoteLogged>(encode_event(model::NoteLogged{"\xff"})).text, "\\xff");
}

TEST(EventLines, CheckNames)
{
  EXPECT_NO_THROW(check_name("metric", "val/loss \xc3\xa9"));
  EXPECT_NO_THROW(check_name("metric", std::string(500, 'x')));
  for (const std::string& name : {std::string(), std::string(501, 'x'), std::string("a\nb"),
                                  std::string("\x7f"), std::string("\xff"), std::string("\0", 1)}) {
    testing::expect_error(model::ErrorKind::usage, HasSubstr("the name of a tag"),
                          [&] { check_name("tag", name); });
  }
}

TEST(EventLines, ComeInPiecesThatAreNumberedOn)
{
  const EventLines first = parse_event_lines("{\"a\":1}\n\nbad\n");
  ASSERT_EQ(first.bad.size(), 1U);
  EXPECT_EQ(first.bad[0].line, 3U);
  EXPECT_EQ(first.next_line, 4U);
  const EventLines second = parse_event_lines("{\"a\":1}\nworse\n{\"a\":2}", first.next_line);
  ASSERT_EQ(second.bad.size(), 1U);
  EXPECT_EQ(second.bad[0].line, 5U);
  EXPECT_EQ(second.next_line, 7U);
  EXPECT_EQ(parse_event_lines("", 9).next_line, 9U);
}

}  // namespace
}  // namespace mlrepro::format
