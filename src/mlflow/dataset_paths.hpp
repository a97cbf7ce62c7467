// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/client_run.hpp"

namespace mlrepro::mlflow {

// The path of this machine that a dataset names as its source, as far as its text says: "file:"
// URLs are decoded. Absent for what lies elsewhere, such as "s3://...".
std::optional<std::string> local_path(const model::LoggedDataset& dataset);

}  // namespace mlrepro::mlflow
