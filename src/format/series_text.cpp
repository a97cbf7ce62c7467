// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/series_text.hpp"

#include <cmath>
#include <utility>

#include "format/json_values.hpp"
#include "mlrepro/format/csv_text.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

constexpr std::size_t k_piece = 65536;

std::string quoted_json(const std::string& text)
{
  return Json(json_text(text)).dump();
}

std::string quoted_or_null(const std::string& text)
{
  return text.empty() ? "null" : quoted_json(text);
}

// As all documents have it: a whole number keeps its ".0", what is not finite is text.
std::string json_number(double value)
{
  std::string text = to_text(value);
  if (!std::isfinite(value)) {
    return "\"" + text + "\"";
  }
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

SeriesText::SeriesText(Form form, const model::RunId& run, Put put)
    : form_(form), put_(std::move(put))
{
  switch (form_) {
    case Form::csv:
      text_ = "metric,step,time,value,source,line\n";
      break;
    case Form::one_json:
      text_ = "{\n  \"schema\": \"mlrepro.metric/1\",\n  \"run\": \"" + run.str() + "\",\n";
      break;
    case Form::many_json:
      text_ = "{\n  \"schema\": \"mlrepro.metrics/1\",\n  \"run\": \"" + run.str() +
              "\",\n  \"metrics\": [";
      break;
  }
}

void SeriesText::begin(const std::string& key, const std::string& source)
{
  end_series();
  ++series_;
  points_ = 0;
  if (form_ == Form::csv) {
    csv_key_ = csv_field(key);
    csv_source_ = csv_field(source);
  } else if (form_ == Form::one_json) {
    text_ += "  \"key\": " + quoted_json(key) + ",\n  \"source\": " + quoted_or_null(source) +
             ",\n  \"points\": [";
  } else {
    text_ += series_ > 1 ? ",\n    " : "\n    ";
    text_ += "{\"key\": " + quoted_json(key) + ", \"source\": " + quoted_or_null(source) +
             ", \"points\": [";
  }
}

void SeriesText::add(const model::MetricPoint& point)
{
  if (form_ == Form::csv) {
    text_ += csv_key_ + "," + std::to_string(point.step) + "," + point.time.to_iso8601() + "," +
             to_text(point.value) + "," + csv_source_ + "," +
             (point.line > 0 ? std::to_string(point.line) : "") + "\n";
  } else {
    add_json(point);
  }
  ++points_;
  flush_if_long();
}

void SeriesText::add_json(const model::MetricPoint& point)
{
  text_ += points_ > 0 ? ",\n" : "\n";
  text_ += form_ == Form::one_json ? "    " : "      ";
  text_ += "{\"step\": " + std::to_string(point.step) + ", \"time\": \"" + point.time.to_iso8601() +
           "\", \"value\": " + json_number(point.value) +
           ", \"line\": " + (point.line > 0 ? std::to_string(point.line) : "null") + "}";
}

void SeriesText::end_series()
{
  if (series_ == 0 || form_ == Form::csv) {
    return;
  }
  if (form_ == Form::one_json) {
    text_ += points_ > 0 ? "\n  ]\n" : "]\n";
  } else {
    text_ += points_ > 0 ? "\n    ]}" : "]}";
  }
}

void SeriesText::end()
{
  end_series();
  if (form_ == Form::many_json) {
    text_ += series_ > 0 ? "\n  ]\n" : "]\n";
  }
  text_ += form_ == Form::csv ? "" : "}\n";
  put_(std::exchange(text_, {}));
}

void SeriesText::flush()
{
  if (!text_.empty()) {
    put_(text_);
    text_.clear();
  }
}

void SeriesText::flush_if_long()
{
  if (text_.size() >= k_piece) {
    flush();
  }
}

}  // namespace mlrepro::format
