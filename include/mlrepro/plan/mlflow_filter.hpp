// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/plan/filter.hpp"

namespace mlrepro::plan {

// What MLflow's searches look for. Each has its attributes; as keys of fields they are, with all
// their aliases gone:
enum class SearchKind {
  runs,         // run_id, name, user, status, artifact_uri, started_at, ended_at, and those of
                // filter_attributes(), code, level, inputs, outputs and environment
  experiments,  // name, experiment_id, created_at, updated_at
  registered_models,  // name, created_at, updated_at
  model_versions,     // name, version_number, run_id, source_path, stage, created_at, updated_at
  logged_models,      // name, model_id, model_type, status, source_run_id, created_at, updated_at
};

// MLflow's language of filters, and what it lacks: "or", "not", parentheses, "in" and "is null" for
// every field. A run's status is a word such as "FINISHED", a time is in milliseconds, "like" is
// exact about letters' case and "ilike" is not. Throws Error{usage} in MLflow's words.
Filter parse_mlflow_filter(std::string_view text, SearchKind kind);

struct SortKey {
  FilterField field;
  bool descending = false;

  bool operator==(const SortKey&) const = default;
};

// Each is "field [ASC|DESC]". Throws Error{usage}, also for a field that comes twice.
std::vector<SortKey> parse_mlflow_order(const std::vector<std::string>& clauses, SearchKind kind);

// Whether the field is a number or a time.
bool is_numeric(const FilterField& field);

}  // namespace mlrepro::plan
