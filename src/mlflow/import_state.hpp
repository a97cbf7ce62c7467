// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlflow/import_artifacts.hpp"
#include "mlrepro/model/mlflow_store.hpp"

// All that a record of somebody else's says, as one text: two that are equal need not be taken
// twice.
namespace mlrepro::mlflow {

std::string state_text(const model::MlflowRun& run, std::int64_t experiment,
                       const std::vector<FoundArtifact>& artifacts);
std::string state_text(const model::MlflowModel& model, std::int64_t experiment,
                       const std::vector<FoundArtifact>& artifacts);
std::string state_text(const model::MlflowRegisteredModel& model);

}  // namespace mlrepro::mlflow
