// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlrepro::model {

// How a table of text is read: what looking at all of it has shown. Equal bytes have equal facts.
struct TableFacts {
  std::vector<std::string> columns;   // their names
  std::vector<std::string> types;     // in the engine's words; empty where nobody asked yet
  std::optional<std::uint64_t> rows;  // absent where nobody counted
  // Of CSV.
  char delimiter = ',';
  bool long_rows = false;            // a row may have more than 8 MB
  std::vector<std::uint8_t> shapes;  // of each column's cells (analysis/cell_shapes.hpp), where the
                                     // text is plain; else empty

  bool operator==(const TableFacts&) const = default;
};

}  // namespace mlrepro::model
