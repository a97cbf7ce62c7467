// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/table_facts.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

// Sets the types of the columns, each BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP, TIMESTAMP WITH TIME
// ZONE or VARCHAR, and the rows where they are counted on the way: the narrowest type that every
// cell fits (cell_rules.hpp), of a column without cells VARCHAR. `relation` reads the columns as
// text. The shapes say what they can; for columns of which they do not say enough, and for all
// without any, all rows are read by the engine, once where the first ones have a value for each
// column and are like the rest.
void find_types(ports::TableSession& session, const std::string& relation,
                model::TableFacts& facts);

// Of texts that are no cells of CSV: DATE, TIMESTAMP, TIMESTAMP WITH TIME ZONE or VARCHAR.
std::vector<std::string> find_times(ports::TableSession& session, const std::string& relation,
                                    const std::vector<std::string>& columns);

}  // namespace mlrepro::analysis
