// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "mlflow/json_writer.hpp"
#include "mlrepro/model/client_run.hpp"

namespace mlrepro::mlflow {

void write_run_info(JsonWriter& json, const model::ClientRun& run);
void write_run(JsonWriter& json, const model::ClientRun& run);

// As metric_json has it.
struct ShownPoint {
  std::string_view key;
  std::string_view run_id;  // empty: left out
  double value = 0;
  std::int64_t step = 0;
  model::Timestamp time;
};

void write_point(JsonWriter& json, const ShownPoint& point);

}  // namespace mlrepro::mlflow
