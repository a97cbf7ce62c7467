// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/event_lines.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "format/special_numbers.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using Json = nlohmann::json;
using model::RunEvent;

constexpr std::size_t k_max_name = 500;
constexpr std::size_t k_max_depth = 100;

[[noreturn]] void refuse(const std::string& why)
{
  throw model::Error(model::ErrorKind::usage, why);
}

void skip_space(std::string_view& text)
{
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
}

bool take(std::string_view& text, char expected)
{
  skip_space(text);
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  skip_space(text);
  return true;
}

// A string without escapes or control characters.
bool take_plain_string(std::string_view& text, std::string_view& value)
{
  if (!take(text, '"')) {
    return false;
  }
  std::size_t end = 0;
  while (end < text.size() && text[end] != '"') {
    if (text[end] == '\\' || static_cast<unsigned char>(text[end]) < 0x20 ||
        static_cast<unsigned char>(text[end]) >= 0x7f) {
      return false;
    }
    ++end;
  }
  if (end == text.size()) {
    return false;
  }
  value = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

bool is_digit(std::string_view text, std::size_t at)
{
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// A number that JSON allows and from_chars reads whole; the full parser is to judge all others.
template <typename Number>
bool take_number(std::string_view& text, Number& value)
{
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  if (!is_digit(text, first) || (text[first] == '0' && is_digit(text, first + 1))) {
    return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || *(end - 1) == '.') {
    return false;
  }
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.data()));
  const std::size_t point = taken.find('.');
  if (point != std::string_view::npos && !is_digit(taken, point + 1)) {
    return false;
  }
  text.remove_prefix(taken.size());
  return true;
}

// The value behind `,"key":` in `Take`'s way. Absent, with nothing taken, where another key
// follows.
template <typename Value, typename Take>
bool take_member(std::string_view& line, std::string_view key, std::optional<Value>& value,
                 Take take_value)
{
  std::string_view rest = line;
  std::string_view word;
  if (!take(rest, ',') || !take_plain_string(rest, word) || word != key) {
    return true;
  }
  line = rest;
  value.emplace();
  return take(line, ':') && take_value(line, *value);
}

bool take_time(std::string_view& text, model::Timestamp& time)
{
  std::string_view word;
  const auto parsed =
      take_plain_string(text, word) ? model::Timestamp::parse_iso8601(word) : std::nullopt;
  time = parsed.value_or(time);
  return parsed.has_value();
}

// The usual line {"metric":"loss","value":0.3,"step":7,"time":"…"}, the last two if need be,
// without building a JSON document; false leaves the line to the full parser.
bool parse_fast(std::string_view line, model::MetricLogged& metric)
{
  std::string_view word;
  std::string_view name;
  if (!take(line, '{') || !take_plain_string(line, word) || word != "metric" || !take(line, ':') ||
      !take_plain_string(line, name) || name.empty() || name.size() > k_max_name ||
      !take(line, ',') || !take_plain_string(line, word) || word != "value" || !take(line, ':') ||
      !take_number(line, metric.value)) {
    return false;
  }
  if (!take_member(line, "step", metric.step, take_number<std::int64_t>) ||
      !take_member(line, "time", metric.time, take_time) || !take(line, '}') || !line.empty()) {
    return false;
  }
  metric.key = name;
  return true;
}

std::optional<double> number_of(const Json& value)
{
  if (value.is_number()) {
    return value.get<double>();
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? 1 : 0;
  }
  return value.is_string() ? parse_number(value.get_ref<const std::string&>()) : std::nullopt;
}

double require_number(const Json& value, const std::string& key)
{
  const auto number = number_of(value);
  if (!number) {
    refuse("'" + key + "' is no number");
  }
  return *number;
}

std::optional<std::int64_t> step_of(const Json& line)
{
  const auto found = line.find("step");
  if (found == line.end() || found->is_null()) {
    return std::nullopt;
  }
  if (found->is_number_integer() && !found->is_number_unsigned()) {
    return found->get<std::int64_t>();
  }
  const auto step = whole_number(require_number(*found, "step"));
  if (!step) {
    refuse("'step' is no whole number");
  }
  return step;
}

std::optional<model::Timestamp> time_of(const Json& line)
{
  const auto found = line.find("time");
  if (found == line.end() || found->is_null()) {
    return std::nullopt;
  }
  if (found->is_number()) {
    const double ms = found->get<double>();
    if (ms < static_cast<double>(model::Timestamp::k_first_ms) ||
        ms > static_cast<double>(model::Timestamp::k_last_ms)) {
      refuse("'time' is not within the years 0 to 9999");
    }
    return model::Timestamp{static_cast<std::int64_t>(ms)};
  }
  const auto time = found->is_string()
                        ? model::Timestamp::parse_iso8601(found->get_ref<const std::string&>())
                        : std::nullopt;
  if (!time) {
    refuse("'time' is neither ISO 8601 UTC nor milliseconds");
  }
  return time;
}

std::string text_of(const Json& value)
{
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string require_text(const Json& line, const char* key)
{
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) {
    refuse(std::string("'") + key + "' is missing");
  }
  return text_of(*found);
}

std::string require_name(const Json& line, const char* what)
{
  const Json& value = line.at(what);
  if (!value.is_string()) {
    refuse(std::string("the name of a ") + what + " must be text");
  }
  check_name(what, value.get_ref<const std::string&>());
  return value.get<std::string>();
}

void parse_compact(const Json& line, std::vector<RunEvent>& events)
{
  const auto step = step_of(line);
  const auto time = time_of(line);
  std::vector<RunEvent> found;
  for (const auto& [key, value] : line.items()) {
    if (key == "step" || key == "time") {
      continue;
    }
    check_name("metric", key);
    found.emplace_back(model::MetricLogged{key, require_number(value, key), step, time});
  }
  if (found.empty()) {
    refuse("no metric, param, tag, note or artifact in it");
  }
  events.insert(events.end(), found.begin(), found.end());
}

// Writing a value out again takes the stack as deep as the value is.
bool is_too_deep(std::string_view json)
{
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      i += c == '\\' ? 1 : 0;
    } else if (c == '{' || c == '[') {
      if (++depth > k_max_depth) {
        return true;
      }
    } else if (c == '}' || c == ']') {
      depth -= depth > 0 ? 1 : 0;
    }
  }
  return false;
}

Json parse_object(std::string_view text)
{
  if (is_too_deep(text)) {
    refuse("nested too deeply");
  }
  Json line = Json::parse(text, nullptr, false);
  if (line.is_discarded()) {
    line = Json::parse(quote_special_numbers(text).text, nullptr, false);
  }
  if (!line.is_object()) {
    refuse(line.is_discarded() ? "not JSON" : "not a JSON object");
  }
  return line;
}

// {"metric":0.3} is a metric of that name; {"metric":"0.3","value":1} is one called "0.3".
bool names_metric(const Json& line)
{
  const auto found = line.find("metric");
  return found != line.end() &&
         (found->is_string() ? line.contains("value") || !number_of(*found) : !number_of(*found));
}

void parse_full(std::string_view text, std::vector<RunEvent>& events)
{
  Json line = parse_object(text);
  if (names_metric(line)) {
    const std::string key = require_name(line, "metric");
    if (!line.contains("value")) {
      refuse("'value' is missing");
    }
    events.emplace_back(model::MetricLogged{key, require_number(line["value"], "value"),
                                            step_of(line), time_of(line)});
  } else if (line.contains("param") && line.contains("value")) {
    model::ParamLogged param{require_name(line, "param"), require_text(line, "value")};
    if (line.contains("source")) {
      param.source = require_text(line, "source");
    }
    events.emplace_back(std::move(param));
  } else if (line.contains("tag") && line.contains("value")) {
    events.emplace_back(model::TagLogged{require_name(line, "tag"), require_text(line, "value")});
  } else if (line.contains("note") && line["note"].is_string()) {
    events.emplace_back(model::NoteLogged{require_text(line, "note")});
  } else if (line.contains("artifact") && line.contains("digest")) {
    const auto digest = model::Digest::parse(require_text(line, "digest"));
    if (!digest || !line.contains("bytes") || !line["bytes"].is_number_unsigned()) {
      refuse("an artifact needs its 'digest' and 'bytes'");
    }
    events.emplace_back(model::ArtifactLogged{
        {require_name(line, "artifact"), *digest, line["bytes"].get<std::uint64_t>()}});
  } else {
    parse_compact(line, events);
  }
}

}  // namespace

void check_name(std::string_view what, std::string_view name)
{
  const std::string subject = "the name of a " + std::string(what);
  if (name.empty()) {
    refuse(subject + " is empty");
  }
  if (name.size() > k_max_name) {
    refuse(subject + " is longer than " + std::to_string(k_max_name) + " bytes");
  }
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    refuse(subject + " has control characters");
  }
  if (!is_utf8(name)) {
    refuse(subject + " is not UTF-8");
  }
}

EventLines parse_event_lines(std::string_view text, std::size_t first_line)
{
  EventLines result;
  result.next_line = first_line;
  result.events.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  while (!text.empty()) {
    const std::size_t number = result.next_line++;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      continue;
    }
    model::MetricLogged metric;
    if (parse_fast(line, metric)) {
      result.events.emplace_back(std::move(metric));
      continue;
    }
    try {
      parse_full(line, result.events);
    } catch (const model::Error& error) {
      result.bad.push_back({number, error.message()});
    }
  }
  return result;
}

}  // namespace mlrepro::format
