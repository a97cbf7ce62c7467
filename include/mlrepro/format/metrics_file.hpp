// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run_event.hpp"

namespace mlrepro::format {

struct MetricsFile {
  std::vector<model::MetricLogged> metrics;
  std::vector<std::string> skipped;  // names whose values are no numbers
};

// A file of metrics, by its ending: .json .yaml .yml .toml (a map, nested names joined by dots, a
// list of numbers as a series), .jsonl (as $MLREPRO_METRICS), .csv and .tsv (a header and rows;
// a column "step", "epoch" or "iteration" of whole numbers gives the step, else the row's number;
// a header of "metric,value" or "name,value" makes it a map). Throws Error{usage} with the line.
MetricsFile parse_metrics(const std::string& file_name, std::string_view text);

}  // namespace mlrepro::format
