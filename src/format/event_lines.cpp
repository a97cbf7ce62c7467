// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/event_lines.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using Json = nlohmann::ordered_json;
using model::RunEvent;

constexpr std::size_t k_max_name = 500;

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
        static_cast<unsigned char>(text[end]) >= 0x80) {
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

template <typename Number>
bool take_number(std::string_view& text, Number& value)
{
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.empty() ||
      !(text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) ||
      (text[0] == '-' && (text.size() < 2 || text[1] < '0' || text[1] > '9'))) {
    return false;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
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

bool is_plain(std::string_view text)
{
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// What parse_fast reads; false when the metric needs more care than this.
bool encode_fast(const model::MetricLogged& metric, std::string& line)
{
  if (!is_plain(metric.key) || metric.value - metric.value != 0) {
    return false;
  }
  const std::string value = to_text(metric.value);
  line.append(R"({"metric":")").append(metric.key).append(R"(","value":)").append(value);
  if (value.find_first_of(".e") == std::string::npos) {
    line += ".0";  // readers that tell the two apart take it for a decimal
  }
  if (metric.step) {
    line.append(R"(,"step":)").append(std::to_string(*metric.step));
  }
  if (metric.time) {
    line.append(R"(,"time":")").append(metric.time->to_iso8601()).append("\"");
  }
  line += "}\n";
  return true;
}

// Python's json writes NaN and Infinity bare, which JSON does not know: they are put in quotes.
std::string quote_special_numbers(std::string_view line)
{
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::string_view rest = line.substr(i);
    if (in_string && line[i] == '\\' && i + 1 < line.size()) {
      out += line[i++];
    } else if (line[i] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      const std::string_view word = rest.starts_with("NaN")         ? "NaN"
                                    : rest.starts_with("-Infinity") ? "-Infinity"
                                    : rest.starts_with("Infinity")  ? "Infinity"
                                                                    : "";
      if (!word.empty()) {
        out += '"' + std::string(word) + '"';
        i += word.size() - 1;
        continue;
      }
    }
    out += line[i];
  }
  return out;
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
  if (found->is_number_integer()) {
    return found->get<std::int64_t>();
  }
  const double step = require_number(*found, "step");
  if (step != static_cast<double>(static_cast<std::int64_t>(step))) {
    refuse("'step' is no whole number");
  }
  return static_cast<std::int64_t>(step);
}

std::optional<model::Timestamp> time_of(const Json& line)
{
  const auto found = line.find("time");
  if (found == line.end() || found->is_null()) {
    return std::nullopt;
  }
  if (found->is_number()) {
    return model::Timestamp{static_cast<std::int64_t>(found->get<double>())};
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

void parse_full(std::string_view text, std::vector<RunEvent>& events)
{
  Json line = Json::parse(text, nullptr, false);
  if (line.is_discarded()) {
    line = Json::parse(quote_special_numbers(text), nullptr, false);
  }
  if (!line.is_object()) {
    refuse(line.is_discarded() ? "not JSON" : "not a JSON object");
  }
  if (line.contains("metric") && !number_of(line["metric"])) {
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

EventLines parse_event_lines(std::string_view text)
{
  EventLines result;
  result.events.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  for (std::size_t number = 1; !text.empty(); ++number) {
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

std::string encode_event(const RunEvent& event)
{
  Json line;
  if (const auto* metric = std::get_if<model::MetricLogged>(&event)) {
    if (std::string text; encode_fast(*metric, text)) {
      return text;
    }
    line["metric"] = metric->key;
    const bool finite = metric->value - metric->value == 0;
    line["value"] = finite ? Json(metric->value) : Json(to_text(metric->value));
    if (metric->step) {
      line["step"] = *metric->step;
    }
    if (metric->time) {
      line["time"] = metric->time->to_iso8601();
    }
  } else if (const auto* param = std::get_if<model::ParamLogged>(&event)) {
    line = {{"param", param->key}, {"value", json_text(param->value)}, {"source", param->source}};
  } else if (const auto* tag = std::get_if<model::TagLogged>(&event)) {
    line = {{"tag", tag->key}, {"value", json_text(tag->value)}};
  } else if (const auto* note = std::get_if<model::NoteLogged>(&event)) {
    line = {{"note", json_text(note->text)}};
  } else if (const auto* logged = std::get_if<model::ArtifactLogged>(&event)) {
    line = {{"artifact", logged->artifact.path},
            {"digest", logged->artifact.digest.to_string()},
            {"bytes", logged->artifact.bytes}};
  }
  return line.dump() + "\n";
}

}  // namespace mlrepro::format
