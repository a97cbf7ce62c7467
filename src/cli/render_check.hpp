// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/render_tables.hpp"
#include "cli/text_table.hpp"
#include "mlrepro/model/source_check.hpp"

namespace mlrepro::cli {

// What a live source says to the query of a snapshot: the verdict, then what changed.
std::string render_check(const model::SourceCheck& check, Bars bars, Style style);

}  // namespace mlrepro::cli
