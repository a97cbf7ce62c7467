// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/cell_shapes.hpp"
#include "analysis/csv_blocks.hpp"

namespace mlrepro::analysis {

struct ScannedColumn {
  std::uint64_t cells = 0;  // that are not empty
  CellShapes shapes = 0;
};

struct CsvScan {
  std::uint64_t rows = 0;
  std::vector<ScannedColumn> columns;
};

// Reads all cells once. Absent where the files are not plain.
std::optional<CsvScan> scan_csv(const CsvReader& reader, const CsvFiles& files);

}  // namespace mlrepro::analysis
