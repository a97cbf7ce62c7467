// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analysis/csv_relation.hpp"
#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::analysis {

// Looks for what the engine passes over in silence: it takes a compressed file that was cut short
// for a shorter table, and leaves out the last row of CSV where that is longer than it expects.
// Sets `long_rows`. Reads compressed files and CSV that is large enough for such a row.
// Error{usage} names the file and what is wrong with it.
void check_files(const CsvReader& reader, PlacedFiles& source);

}  // namespace mlrepro::analysis
