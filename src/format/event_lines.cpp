// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/event_lines.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "format/metric_line.hpp"
#include "format/special_numbers.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using PlainJson = nlohmann::json;
using model::RunEvent;

constexpr std::size_t k_max_depth = 100;

[[noreturn]] void refuse(const std::string& why)
{
  throw model::Error(model::ErrorKind::usage, why);
}

std::optional<double> number_of(const PlainJson& value)
{
  if (value.is_number()) {
    return value.get<double>();
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? 1 : 0;
  }
  return value.is_string() ? parse_number(value.get_ref<const std::string&>()) : std::nullopt;
}

double require_number(const PlainJson& value, const std::string& key)
{
  const auto number = number_of(value);
  if (!number) {
    refuse("'" + key + "' is no number");
  }
  return *number;
}

std::optional<std::int64_t> step_of(const PlainJson& line)
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

// Milliseconds are of 1973 and later, so that seconds, as Python's time.time() tells them, are
// known by their size.
constexpr double k_least_ms = 1e11;

std::optional<model::Timestamp> time_of(const PlainJson& line)
{
  const auto found = line.find("time");
  if (found == line.end() || found->is_null()) {
    return std::nullopt;
  }
  if (found->is_number()) {
    const double number = found->get<double>();
    const double ms = std::abs(number) < k_least_ms ? std::round(number * 1000) : number;
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
    refuse("'time' is neither ISO 8601 UTC nor seconds or milliseconds");
  }
  return time;
}

std::string text_of(const PlainJson& value)
{
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string require_text(const PlainJson& line, const char* key)
{
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) {
    refuse(std::string("'") + key + "' is missing");
  }
  return text_of(*found);
}

std::string require_name(const PlainJson& line, const char* what)
{
  const PlainJson& value = line.at(what);
  if (!value.is_string()) {
    refuse(std::string("the name of a ") + what + " must be text");
  }
  check_name(what, value.get_ref<const std::string&>());
  return value.get<std::string>();
}

void parse_compact(const PlainJson& line, std::vector<RunEvent>& events)
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

PlainJson parse_object(std::string_view text)
{
  if (is_too_deep(text)) {
    refuse("nested too deeply");
  }
  PlainJson line = PlainJson::parse(text, nullptr, false);
  if (line.is_discarded()) {
    line = PlainJson::parse(quote_special_numbers(text).text, nullptr, false);
  }
  if (!line.is_object()) {
    refuse(line.is_discarded() ? "not JSON" : "not a JSON object");
  }
  return line;
}

// {"metric":0.3} is a metric of that name; {"metric":"0.3","value":1} is one called "0.3".
bool names_metric(const PlainJson& line)
{
  const auto found = line.find("metric");
  return found != line.end() &&
         (found->is_string() ? line.contains("value") || !number_of(*found) : !number_of(*found));
}

void parse_full(std::string_view text, std::vector<RunEvent>& events)
{
  PlainJson line = parse_object(text);
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
  if (name.size() > k_longest_name) {
    refuse(subject + " is longer than " + std::to_string(k_longest_name) + " bytes");
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
  constexpr std::size_t k_usual_line = 40;  // bytes; shorter ones make the vector grow
  result.events.reserve(text.size() / k_usual_line + 1);
  MetricLineReader reader;
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
    auto& event = result.events.emplace_back(std::in_place_type<model::MetricLogged>);
    if (reader.read(line, std::get<model::MetricLogged>(event))) {
      continue;
    }
    result.events.pop_back();
    try {
      parse_full(line, result.events);
    } catch (const model::Error& error) {
      result.bad.push_back({number, error.message()});
    }
  }
  return result;
}

}  // namespace mlrepro::format
