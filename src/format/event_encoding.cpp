// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "format/json_values.hpp"
#include "mlrepro/format/event_lines.hpp"

namespace mlrepro::format {
namespace {

bool is_plain(std::string_view text)
{
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// The usual line, without building a JSON document; false when the metric needs more care than
// this.
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

}  // namespace

std::string encode_event(const model::RunEvent& event)
{
  Json line;
  if (const auto* metric = std::get_if<model::MetricLogged>(&event)) {
    if (std::string text; encode_fast(*metric, text)) {
      return text;
    }
    line = {{"metric", json_text(metric->key)}, {"value", number_value(metric->value)}};
    if (metric->step) {
      line["step"] = *metric->step;
    }
    if (metric->time) {
      line["time"] = metric->time->to_iso8601();
    }
  } else if (const auto* param = std::get_if<model::ParamLogged>(&event)) {
    line = {{"param", json_text(param->key)},
            {"value", json_text(param->value)},
            {"source", json_text(param->source)}};
  } else if (const auto* tag = std::get_if<model::TagLogged>(&event)) {
    line = {{"tag", json_text(tag->key)}, {"value", json_text(tag->value)}};
  } else if (const auto* note = std::get_if<model::NoteLogged>(&event)) {
    line = {{"note", json_text(note->text)}};
  } else if (const auto* logged = std::get_if<model::ArtifactLogged>(&event)) {
    line = {{"artifact", json_text(logged->artifact.path)},
            {"digest", logged->artifact.digest.to_string()},
            {"bytes", logged->artifact.bytes}};
  }
  return line.dump() + "\n";
}

}  // namespace mlrepro::format
