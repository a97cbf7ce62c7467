// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "analysis/table_rows.hpp"
#include "mlrepro/analysis/profile.hpp"

namespace mlrepro::analysis {

// What of each column is counted over all rows, several columns at a time. One thread reads them in
// their order, so that sums come out the same each time: the session has one.
std::vector<Row> count_parts(ports::TableSession& session, const LoadedTable& table);

}  // namespace mlrepro::analysis
