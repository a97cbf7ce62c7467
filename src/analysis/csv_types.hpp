// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/csv_scan.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

struct FoundTypes {
  std::vector<std::string> names;     // BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP or VARCHAR
  std::optional<std::uint64_t> rows;  // where they were counted on the way
};

// The narrowest type that every cell of a column fits (cell_rules.hpp), a column without cells
// being VARCHAR. `relation` reads the columns as text, `columns` names them. `scan` says what it
// can; for columns of which it does not say enough, and for all without one, all rows are read by
// the engine, once where the first ones have a value for each column and are like the rest.
FoundTypes find_types(ports::TableSession& session, const std::string& relation,
                      const std::vector<std::string>& columns, const std::optional<CsvScan>& scan);

}  // namespace mlrepro::analysis
