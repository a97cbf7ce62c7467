// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mlrepro/model/run_record.hpp"

namespace mlrepro::plan {

// What one record of a run lacks of another one of the same run. What both were sealed with is
// equal; what differs was added later, in two places.
struct RecordGrowth {
  std::map<std::string, model::Parameter> params;
  std::map<std::string, std::string> tags;  // to be set, because they are new or newer
  std::vector<model::TagChange> tag_history;
  std::vector<std::string> notes;
  std::vector<model::Artifact> artifacts;  // new, or newer than that of the same name
  std::vector<model::Addition> additions;
  std::vector<model::ProofOfRun> proofs;
  std::vector<std::string> metrics;  // that have other points

  [[nodiscard]] bool empty() const;
};

// Joining two records in either order gives the same tags, parameters and artifacts.
RecordGrowth plan_growth(const model::RunRecord& ours, const model::RunRecord& theirs);

// The points of one metric that only `theirs` has, in their order.
std::vector<model::MetricPoint> missing_points(const std::vector<model::MetricPoint>& ours,
                                               const std::vector<model::MetricPoint>& theirs);

// All content that a record names, but what is recorded by its identity alone.
struct RecordedRoot {
  model::Digest digest;
  bool folder = false;  // surely one
};
std::vector<RecordedRoot> content_of(const model::RunRecord& record);

}  // namespace mlrepro::plan
