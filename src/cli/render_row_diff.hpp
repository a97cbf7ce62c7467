// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/text_table.hpp"
#include "mlrepro/model/row_diff.hpp"

namespace mlrepro::cli {

std::string render_row_diff(const model::RowDiff& diff, Style style);

}  // namespace mlrepro::cli
