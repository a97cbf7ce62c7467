// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/text_table.hpp"
#include "mlrepro/model/server_export.hpp"

namespace mlrepro::cli {

std::string render_server_export(const model::ServerExport& result, Style style);

}  // namespace mlrepro::cli
