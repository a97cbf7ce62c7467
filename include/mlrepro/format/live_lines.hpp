// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mlrepro/model/metric.hpp"

// What follows a run with --json: one JSON object a line, each as soon as it is known.
namespace mlrepro::format {

// {"stream":"stdout","time","text"}; the text has its line feed, and is written as json_text does.
std::string output_json_line(std::string_view stream, model::Timestamp time, std::string_view text);

// {"metric","step","time","value","source","line"}
std::string point_json_line(const std::string& key, const std::string& source,
                            const model::MetricPoint& point);

}  // namespace mlrepro::format
