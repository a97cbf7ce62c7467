// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/live_lines.hpp"

#include "format/json_values.hpp"

namespace mlrepro::format {

std::string output_json_line(std::string_view stream, model::Timestamp time, std::string_view text)
{
  return Json({{"stream", stream}, {"time", time_value(time)}, {"text", json_text(text)}}).dump() +
         "\n";
}

std::string point_json_line(const std::string& key, const std::string& source,
                            const model::MetricPoint& point)
{
  return Json({{"metric", json_text(key)},
               {"step", point.step},
               {"time", time_value(point.time)},
               {"value", number_value(point.value)},
               {"source", text_or_null(source)},
               {"line", point.line > 0 ? Json(point.line) : Json(nullptr)}})
             .dump() +
         "\n";
}

}  // namespace mlrepro::format
