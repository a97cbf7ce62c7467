// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/mlflow_store.hpp"

namespace mlrepro::sources {

// The stage of a version that was deleted; what is left of it says nothing.
inline constexpr const char* k_deleted_stage = "Deleted_Internal";

// What once were fields of a run and have been tags since MLflow 1.0.
struct LegacyFields {
  std::string run_name;
  std::string source_type;  // a name, or its number (1 to 4)
  std::string source_name;
  std::string source_version;
  std::string entry_point;
};

// Names the run, and gives it the tags that it does not have.
void add_legacy_fields(const LegacyFields& fields, model::MlflowRun& run);

}  // namespace mlrepro::sources
