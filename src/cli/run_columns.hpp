// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/text_table.hpp"
#include "mlrepro/model/run.hpp"

// The columns of a table of runs: fixed ones, "metrics.KEY", "params.KEY", "tags.KEY",
// "inputs.PATH", "outputs.PATH", "environment.NAME", or just the key of a metric, parameter or tag.
namespace mlrepro::cli {

// Those that are no key of a run.
const std::vector<std::string>& fixed_columns();

// Whether it says of what kind it is, so that runs that lack it are no reason to doubt it.
bool is_plain_column(const std::string& column);
// Whether runs must be loaded in full to fill it.
bool needs_details(const std::string& column);

// What a table has without --columns: the usual ones, parameters that vary, and a few metrics.
std::vector<std::string> usual_columns(const std::vector<model::Run>& runs);
// What a file has without --columns: all but what the runs used of their machines.
std::vector<std::string> all_columns(const std::vector<model::Run>& runs);

std::string column_heading(const std::string& column);
Align column_align(const std::string& column);
Cell column_cell(const model::Run& run, const std::string& column);
// With all digits, and ids in full.
std::string exact_column_text(const model::Run& run, const std::string& column);

}  // namespace mlrepro::cli
