// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::plan {

enum class List { differences, all };

std::vector<model::ParamDiff> compare_params(const std::map<std::string, model::Parameter>& a,
                                             const std::map<std::string, model::Parameter>& b,
                                             List list);

// By the last value. NaN is the same as NaN here: a diff lists what changed, it judges nothing.
// What a run used of its machine is no difference, and only among all of them.
std::vector<model::MetricDiff> compare_metrics(const std::map<std::string, model::MetricSummary>& a,
                                               const std::map<std::string, model::MetricSummary>& b,
                                               List list);

// Matched by path; `files` is left empty for the caller, who can read manifests.
std::vector<model::DataDiff> compare_data(const std::vector<model::RunData>& a,
                                          const std::vector<model::RunData>& b, List list);

// Absent environments compare as empty ones.
std::vector<model::ItemDiff> compare_environments(const std::optional<model::Environment>& a,
                                                  const std::optional<model::Environment>& b,
                                                  List list);

// Everything but the files of code and data, which need stored content.
model::RunDiff compare_runs(const model::Run& a, const model::Run& b, List list);

// Whether all that differs is what the runs used of their machines.
bool has_same_results(const std::vector<model::MetricDiff>& metrics);

// Sets `same` from all parts.
void conclude(model::RunDiff& diff);

}  // namespace mlrepro::plan
