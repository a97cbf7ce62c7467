// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/table_facts.hpp"

namespace mlrepro::analysis {

// What is known of stored tables by their content, in the cache that also has their profiles; of
// Parquet, which says itself how it is read, nothing.
std::optional<model::TableFacts> find_facts(const AnalysisPorts& ports, const TableFile& table);
// Where it can't be kept, it is not.
void keep_facts(const AnalysisPorts& ports, const StoredTable& table,
                const model::TableFacts& facts);

}  // namespace mlrepro::analysis
