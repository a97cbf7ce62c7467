// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

// The narrowest type that every cell of a column fits without losing anything: BOOLEAN, BIGINT,
// DOUBLE, DATE, TIMESTAMP or VARCHAR, a column without cells being VARCHAR. `relation` reads the
// columns as text, `columns` names them. All rows are read, once where the first ones have a value
// for each column and are like the rest.
std::vector<std::string> find_types(ports::TableSession& session, const std::string& relation,
                                    const std::vector<std::string>& columns);

}  // namespace mlrepro::analysis
