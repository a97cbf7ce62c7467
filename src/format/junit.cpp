// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/junit.hpp"

#include <cstdio>
#include <optional>
#include <vector>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";  // U+FFFD in UTF-8

// A test case and why it did not pass, if so. `kind` is the element: failure, error or skipped.
struct Case {
  std::string group;
  std::string name;
  std::string kind;
  std::string type;
  std::vector<std::string> reasons;
  double duration_s = 0;
};

std::string attribute(std::string_view name, std::string_view value)
{
  return " " + std::string(name) + "=\"" + xml_text(value) + "\"";
}

std::string seconds_text(double seconds)
{
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", seconds);
  return text;
}

std::string value_text(const std::optional<double>& value)
{
  return value ? to_text(*value) : "nothing";
}

Case verdict_case(const model::Reproduction& reproduction)
{
  Case result;
  result.name = "verdict";
  result.duration_s = reproduction.duration_s;
  if (reproduction.verdict != model::Verdict::reproduced &&
      reproduction.verdict != model::Verdict::passed) {
    result.kind = reproduction.verdict == model::Verdict::differs ? "failure" : "error";
    result.type = model::to_string(reproduction.verdict);
    result.reasons = reproduction.reasons;
  }
  return result;
}

Case metric_case(const model::MetricCheck& check)
{
  Case result;
  result.group = "metrics";
  result.name = check.key;
  switch (check.status) {
    case model::MetricStatus::same:
    case model::MetricStatus::within_tolerance:
    case model::MetricStatus::within_noise:
    case model::MetricStatus::improved:
      return result;
    case model::MetricStatus::differs:
      result.kind = "failure";
      break;
    case model::MetricStatus::incomparable:
      result.kind = "error";
      break;
    case model::MetricStatus::skipped:
      result.kind = "skipped";
      break;
  }
  result.type = model::to_string(check.status);
  std::string reason =
      value_text(check.recorded) + " recorded, " + value_text(check.replayed) + " replayed";
  if (!check.reason.empty()) {
    reason += ", " + check.reason;
  }
  result.reasons.push_back(std::move(reason));
  return result;
}

// Below a gate, another output that no rule names is no failure; one that varies tells nothing.
std::string output_kind(const model::OutputCheck& check, model::Gate gate)
{
  switch (check.status) {
    case model::CheckStatus::same:
    case model::CheckStatus::same_content:
    case model::CheckStatus::within_tolerance:
      return "";
    case model::CheckStatus::differs:
      return gate == model::Gate::yes && !check.ruled ? "skipped" : "failure";
    case model::CheckStatus::varies:
    case model::CheckStatus::skipped:
      return "skipped";
    case model::CheckStatus::missing:
      break;
  }
  return "error";
}

Case output_case(const model::OutputCheck& check, model::Gate gate)
{
  Case result;
  result.group = "outputs";
  result.name = check.path;
  result.kind = output_kind(check, gate);
  if (result.kind.empty()) {
    return result;
  }
  result.type = model::to_string(check.status);
  result.reasons = check.reasons;
  if (check.status == model::CheckStatus::missing) {
    result.reasons = {check.recorded ? "missing in the replay" : "missing in the record"};
  } else if (result.reasons.empty()) {
    result.reasons = {"other content"};
  }
  return result;
}

Case level_case(const model::LevelCheck& check)
{
  Case result;
  result.group = "levels";
  result.name = model::to_string(check.level);
  if (check.status != model::CheckStatus::same) {
    result.kind = "skipped";
    result.type = model::to_string(check.status);
    result.reasons = check.reasons;
  }
  return result;
}

std::vector<Case> cases_of(const model::Reproduction& reproduction)
{
  std::vector<Case> cases = {verdict_case(reproduction)};
  for (const model::LevelCheck& check : reproduction.levels) {
    // What evaluation says stands in the verdict, the metrics and the outputs.
    if (check.level != model::Level::evaluation) {
      cases.push_back(level_case(check));
    }
  }
  for (const model::MetricCheck& check : reproduction.metrics) {
    cases.push_back(metric_case(check));
  }
  for (const model::OutputCheck& check : reproduction.outputs) {
    cases.push_back(output_case(check, reproduction.gate));
  }
  return cases;
}

std::string case_element(const Case& test, const std::string& run)
{
  std::string out = "    <testcase" +
                    attribute("classname", test.group.empty() ? run : run + "." + test.group) +
                    attribute("name", test.name) + attribute("time", seconds_text(test.duration_s));
  if (test.kind.empty()) {
    return out + "/>\n";
  }
  std::string message = test.reasons.empty() ? test.type : test.reasons.front();
  out += ">\n      <" + test.kind;
  // Of "skipped" the dialects know the message only.
  if (test.kind != "skipped") {
    out += attribute("type", test.type);
  } else if (!test.reasons.empty()) {
    message = test.type + ": " + message;
  }
  out += attribute("message", message);
  if (test.reasons.size() > 1) {
    out += ">";
    for (const std::string& reason : test.reasons) {
      out += xml_text(reason) + "\n";
    }
    out += "</" + test.kind + ">\n";
  } else {
    out += "/>\n";
  }
  return out + "    </testcase>\n";
}

struct Tally {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  double duration_s = 0;

  void count(const Case& test)
  {
    ++tests;
    failures += test.kind == "failure" ? 1 : 0;
    errors += test.kind == "error" ? 1 : 0;
    skipped += test.kind == "skipped" ? 1 : 0;
  }
  void add(const Tally& other)
  {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    duration_s += other.duration_s;
  }
  [[nodiscard]] std::string attributes() const
  {
    return attribute("tests", std::to_string(tests)) +
           attribute("failures", std::to_string(failures)) +
           attribute("errors", std::to_string(errors)) +
           attribute("skipped", std::to_string(skipped)) +
           attribute("time", seconds_text(duration_s));
  }
};

std::string property(std::string_view name, std::string_view value)
{
  return "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
}

std::string suite_element(const model::Reproduction& reproduction, Tally& total)
{
  Tally tally;
  tally.duration_s = reproduction.duration_s;
  std::string cases;
  for (const Case& test : cases_of(reproduction)) {
    tally.count(test);
    cases += case_element(test, reproduction.run_name);
  }
  total.add(tally);
  std::string out = "  <testsuite" + attribute("name", reproduction.run_name) + tally.attributes() +
                    ">\n    <properties>\n" + property("run", reproduction.run.str());
  if (reproduction.replay) {
    out += property("replay", reproduction.replay->str());
  }
  if (reproduction.timed_out) {
    out += property("timed_out", "true");
  }
  out += property("verdict", model::to_string(reproduction.verdict)) +
         property("proven", std::to_string(static_cast<int>(reproduction.proven))) +
         "    </properties>\n";
  return out + cases + "  </testsuite>\n";
}

}  // namespace

std::string xml_text(std::string_view bytes)
{
  std::string out;
  while (!bytes.empty()) {
    const char first = bytes.front();
    const std::size_t length = utf8_length(bytes);
    const std::string_view character = bytes.substr(0, length);
    const bool is_control = static_cast<unsigned char>(first) < 0x20;
    // U+FFFE and U+FFFF are in no XML document either.
    if (length == 0 || (is_control && first != '\t' && first != '\n' && first != '\r') ||
        character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") {
      out += k_replacement;
    } else if (first == '&') {
      out += "&amp;";
    } else if (first == '<') {
      out += "&lt;";
    } else if (first == '>') {
      out += "&gt;";
    } else if (first == '"') {
      out += "&quot;";
    } else if (is_control) {
      // A reader would turn it into a space in an attribute.
      out += "&#" + std::to_string(static_cast<int>(first)) + ";";
    } else {
      out += character;
    }
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string to_junit(std::span<const model::Reproduction> reproductions)
{
  Tally total;
  std::string suites;
  for (const model::Reproduction& reproduction : reproductions) {
    suites += suite_element(reproduction, total);
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
         attribute("name", "mlrepro reproduce") + total.attributes() + ">\n" + suites +
         "</testsuites>\n";
}

}  // namespace mlrepro::format
