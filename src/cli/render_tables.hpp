// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/text_table.hpp"
#include "mlrepro/model/drift.hpp"
#include "mlrepro/model/profile.hpp"

namespace mlrepro::cli {

// blocks: eight heights a character, for terminals of UTF-8.
enum class Bars { ascii, blocks };

// A character a share, as high as it is next to the largest of `highest`.
std::string bars_text(const std::vector<double>& shares, double highest, Bars bars);

// A line about the table, and one a column; where that would be wider than `width` (0: it may be),
// what does not describe its values stands below them.
std::string render_profile(const model::TableProfile& table, Bars bars, Style style,
                           std::size_t width = 0);

// What changed in each table: its schema first, then the columns that drift, the worst first. Where
// a line of a column would be wider than `width` (0: it may be), what is beside its shapes stands
// below them.
std::string render_drift(const std::vector<model::TableDrift>& tables, Bars bars, Style style,
                         std::size_t width = 0);

}  // namespace mlrepro::cli
