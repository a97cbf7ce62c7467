// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/run_id.hpp"

namespace mlrepro::model {

// One thing that a question changes about a run.
struct Change {
  std::string what;  // "parameter min_rows", "input data/sales.csv", "code", "environment"
  std::string from;
  std::string to;
};

// ended: as the recorded run did. failed: otherwise. blocked: it could not be started.
enum class ReplayOutcome { ended, failed, blocked };
std::string_view to_string(ReplayOutcome outcome);

// A recorded run, replayed with something changed, beside what it was.
struct WhatIf {
  RunId run;
  std::string run_name;
  std::optional<RunId> replay;
  std::string replay_name;
  ReplayOutcome outcome = ReplayOutcome::blocked;
  std::vector<std::string> reasons;  // why it is not `ended`
  std::vector<Change> changes;
  std::vector<MetricDiff> metrics;  // all of both; a: recorded, b: replayed
  std::vector<DataDiff> outputs;    // the same, without their files
  double duration_s = 0;
};

}  // namespace mlrepro::model
