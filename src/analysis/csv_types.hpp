// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

struct FoundTypes {
  std::vector<std::string> names;     // BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP or VARCHAR
  std::optional<std::uint64_t> rows;  // where they were counted on the way
};

// The narrowest type that every cell of a column fits (cell_rules.hpp), a column without cells
// being VARCHAR. `relation` reads the columns as text, `columns` names them. All rows are read,
// once where the first ones have a value for each column and are like the rest.
FoundTypes find_types(ports::TableSession& session, const std::string& relation,
                      const std::vector<std::string>& columns);

}  // namespace mlrepro::analysis
