// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>

#include "format/json_values.hpp"
#include "mlrepro/format/event_lines.hpp"

namespace mlrepro::format {
namespace {

bool is_plain(std::string_view text)
{
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// The shortest text that reads back as the same number.
class NumberText {
 public:
  template <typename Number>
  explicit NumberText(Number value)
      : end_(std::to_chars(text_.data(), text_.data() + text_.size(), value).ptr)
  {
  }
  NumberText(const NumberText&) = delete;
  NumberText& operator=(const NumberText&) = delete;
  [[nodiscard]] std::string_view view() const
  {
    return {text_.data(), static_cast<std::size_t>(end_ - text_.data())};
  }

 private:
  std::array<char, 32> text_;
  char* end_;
};

// The usual line, without building a JSON document; false, with nothing added, when the metric
// needs more care than this. No `time`: none is written.
bool append_fast(const model::MetricLogged& metric, std::string_view time, std::string& lines)
{
  if (!is_plain(metric.key) || metric.value - metric.value != 0) {
    return false;
  }
  const NumberText number(metric.value);
  const std::string_view value = number.view();
  lines.append(R"({"metric":")").append(metric.key).append(R"(","value":)").append(value);
  if (value.find('.') == std::string_view::npos && value.find('e') == std::string_view::npos) {
    lines += ".0";  // readers that tell the two apart take it for a decimal
  }
  if (metric.step) {
    lines.append(R"(,"step":)").append(NumberText(*metric.step).view());
  }
  if (!time.empty()) {
    lines.append(R"(,"time":")").append(time).append("\"");
  }
  lines += "}\n";
  return true;
}

}  // namespace

std::string encode_event(const model::RunEvent& event)
{
  Json line;
  if (const auto* metric = std::get_if<model::MetricLogged>(&event)) {
    std::string text;
    if (append_fast(*metric, metric->time ? metric->time->to_iso8601() : "", text)) {
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

std::string encode_events(const std::vector<model::RunEvent>& events, model::Timestamp now)
{
  constexpr std::size_t k_usual_line = 80;  // bytes
  const std::string now_text = now.to_iso8601();
  std::string lines;
  lines.reserve(events.size() * k_usual_line);
  for (const model::RunEvent& event : events) {
    const auto* metric = std::get_if<model::MetricLogged>(&event);
    if (metric == nullptr || metric->time) {
      lines += encode_event(event);
    } else if (!append_fast(*metric, now_text, lines)) {
      model::MetricLogged stamped = *metric;
      stamped.time = now;
      lines += encode_event(stamped);
    }
  }
  return lines;
}

}  // namespace mlrepro::format
