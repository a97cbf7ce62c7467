// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/client_run.hpp"

namespace mlrepro::mlflow {

// The path of this machine that a dataset names as its source, as far as its text says: "file:"
// URLs are decoded. Absent for what lies elsewhere, such as "s3://...".
std::optional<std::string> local_path(const model::LoggedDataset& dataset);

// The same of a URI or a path: "file:/a", "file:///a" and "file://localhost/a" are "/a".
std::optional<std::string> path_of_uri(const std::string& uri);

}  // namespace mlrepro::mlflow
