// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/mlflow_store.hpp"

namespace mlrepro::format {

// mlrepro.import_mlflow/1
std::string to_json(const model::MlflowImport& import);

}  // namespace mlrepro::format
