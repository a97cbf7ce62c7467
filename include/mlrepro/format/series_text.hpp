// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/run_id.hpp"

namespace mlrepro::format {

// Metrics with every point, for programs, written piece by piece: a series may be longer than what
// memory has room for. NaN and the infinities are spelt as in all documents.
//   one_json:  {"schema":"mlrepro.metric/1","run","key","source",
//             "points":[{"step","time","value","line"}]}
//   many_json: {"schema":"mlrepro.metrics/1","run","metrics":[{"key","source","points":[…]}]}
//   csv:       a header "metric,step,time,value,source,line" and a line for each point
// "source" and "line" are of metrics that were found in the output; others have none.
class SeriesText {
 public:
  enum class Form { one_json, many_json, csv };
  // Takes some of the text, in its order.
  using Put = std::function<void(const std::string&)>;

  SeriesText(Form form, const model::RunId& run, Put put);

  // What follows belongs to this metric; for one_json exactly one is begun.
  void begin(const std::string& key, const std::string& source = {});
  void add(const model::MetricPoint& point);
  // Hands out what there is so far.
  void flush();
  // Nothing may follow.
  void end();

 private:
  void end_series();
  void add_json(const model::MetricPoint& point);
  void flush_if_long();

  Form form_;
  Put put_;
  std::string text_;
  std::string csv_key_;
  std::string csv_source_;
  std::size_t series_ = 0;
  std::size_t points_ = 0;  // of the series
};

}  // namespace mlrepro::format
