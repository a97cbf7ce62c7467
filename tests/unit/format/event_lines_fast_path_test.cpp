// SPDX-License-Identifier: Apache-2.0
// The usual metric line is read and written without a JSON document; whichever way is taken, the
// outcome is the same.
#include <gtest/gtest.h>

#include <limits>

#include "mlrepro/format/event_lines.hpp"

namespace mlrepro::format {
namespace {

using model::MetricLogged;
using model::Timestamp;

MetricLogged only_metric(const std::string& text)
{
  const EventLines lines = parse_event_lines(text);
  EXPECT_TRUE(lines.bad.empty()) << text << (lines.bad.empty() ? "" : lines.bad.front().problem);
  if (lines.events.size() != 1 || !std::holds_alternative<MetricLogged>(lines.events.front())) {
    ADD_FAILURE() << "not one metric: " << text;
    return {};
  }
  return std::get<MetricLogged>(lines.events.front());
}

void expect_same(const MetricLogged& a, const MetricLogged& b, const std::string& text)
{
  EXPECT_EQ(a.key, b.key) << text;
  EXPECT_TRUE(a.value == b.value || (a.value != a.value && b.value != b.value)) << text;
  EXPECT_EQ(a.step, b.step) << text;
  EXPECT_EQ(a.time, b.time) << text;
}

TEST(EventLinesFastPath, ReadsWhatTheFullParserReads)
{
  for (const std::string members :
       {R"("metric":"loss","value":0.3)", R"("metric":"loss","value":0.3,"step":7)",
        R"("metric":"loss","value":-2e-8,"time":"2026-11-23T06:00:00.125Z")",
        R"("metric":"loss","value":12,"step":-7,"time":"2026-11-23T06:00:00.125Z")"}) {
    // A member that means nothing to a metric leaves the line to the full parser.
    expect_same(only_metric("{" + members + "}\n"), only_metric("{" + members + R"(,"more":null})"),
                members);
  }
}

TEST(EventLinesFastPath, LeavesTheUnusualToTheFullParser)
{
  const MetricLogged turned =
      only_metric(R"({"metric":"m","value":1,"time":1700000000123,"step":3})");
  EXPECT_EQ(turned.time, Timestamp{1'700'000'000'123});
  EXPECT_EQ(turned.step, 3);
  EXPECT_EQ(only_metric(R"({"metric":"m","value":1,"step":null})").step, std::nullopt);
  EXPECT_EQ(only_metric(R"({"metric":"m","value":1,"step":2.0})").step, 2);
  for (const char* text :
       {R"({"metric":"m","value":1,"time":"yesterday"})", R"({"metric":"m","value":1,"step":})",
        R"({"metric":"m","value":1,)", R"({"metric":"m","value":1,"time":""})",
        R"({"metric":"m","value":1,"step":1,"time":"2026-11-23T06:00:00Z"} x)"}) {
    EXPECT_EQ(parse_event_lines(text).bad.size(), 1U) << text;
    EXPECT_TRUE(parse_event_lines(text).events.empty()) << text;
  }
  const std::string line = R"({"metric":"m","value":1,"time":"2026-11-23T06:00:00Z"})";
  const EventLines later = parse_event_lines(line + "\n" + R"({"metric":"m","value":1,"time":""})");
  EXPECT_EQ(later.events.size(), 1U);
  ASSERT_EQ(later.bad.size(), 1U);
  EXPECT_EQ(later.bad.front().line, 2U);
}

TEST(EventLinesFastPath, ReadsBackWhatIsWritten)
{
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {0.0, -0.0, 1.0, 0.1, -1e300, 5e-324, 1e21, infinity, -infinity,
                             std::numeric_limits<double>::quiet_NaN()}) {
    for (const std::string key : {"loss", "a\"b", "back\\slash", "größe", "tab in \u00a0 name"}) {
      const MetricLogged metric{key, value, -3, Timestamp{1'700'000'000'123}};
      const std::string line = encode_event(metric);
      EXPECT_EQ(line.find('\n'), line.size() - 1);
      expect_same(only_metric(line), metric, line);
    }
  }
  const MetricLogged bare{"loss", 2, std::nullopt, std::nullopt};
  EXPECT_EQ(encode_event(bare), "{\"metric\":\"loss\",\"value\":2.0}\n");
  expect_same(only_metric(encode_event(bare)), bare, "bare");
}

TEST(EventLinesFastPath, TimesOfManyLines)
{
  const Timestamp now{1'700'000'000'123};
  const Timestamp own{1'600'000'000'000};
  const std::vector<model::RunEvent> events = {
      MetricLogged{"a", 1, 3, std::nullopt},
      MetricLogged{"a", 2.5, std::nullopt, own},
      MetricLogged{"quoted \"", 3, std::nullopt, std::nullopt},
      MetricLogged{"a", std::numeric_limits<double>::infinity(), 4, std::nullopt},
      model::ParamLogged{"lr", "0.1"},
      MetricLogged{"a", 4, std::nullopt, std::nullopt}};
  const std::string text = encode_events(events, now);
  EXPECT_EQ(text.substr(0, text.find('\n')),
            R"({"metric":"a","value":1.0,"step":3,"time":"2023-11-14T22:13:20.123Z"})");
  const EventLines read = parse_event_lines(text);
  ASSERT_TRUE(read.bad.empty());
  ASSERT_EQ(read.events.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (const auto* metric = std::get_if<MetricLogged>(&events[i])) {
      MetricLogged stamped = *metric;
      stamped.time = metric->time.value_or(now);
      expect_same(std::get<MetricLogged>(read.events[i]), stamped, std::to_string(i));
    }
  }
}

}  // namespace
}  // namespace mlrepro::format
