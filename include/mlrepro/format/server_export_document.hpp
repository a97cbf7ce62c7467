// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/server_export.hpp"

namespace mlrepro::format {

// "mlrepro.export_mlflow/1"
std::string to_json(const model::ServerExport& result);

}  // namespace mlrepro::format
