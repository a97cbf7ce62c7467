// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/page.hpp"
#include "sqlite/search_sql.hpp"

namespace mlrepro::sqlite {

// Numbers of runs, as MLflow's language asks for them. Throws Error{usage} in its words.
FoundRows find_runs(const Database& database, const ports::SearchRequest& request);
// The same as a search of rows, for what asks more than one database. Some experiment is asked for.
RowSearch to_row_search(const Database& database, const ports::SearchRequest& request);

// The value of a run's tag: what records of ours know otherwise is a tag to clients.
std::string tag_column(const std::string& key, const std::string& column);

// The number under which the store has the experiment that a client calls this: "Default" may have
// another than 0.
std::int64_t experiment_number(const Database& database, std::int64_t number);
// " column IN (?, …)" of those.
SqlText experiment_condition(const Database& database, const std::string& column,
                             const std::vector<std::int64_t>& wanted);
// The same; Error{not_found} in MLflow's words.
std::int64_t require_experiment(const Database& database, std::int64_t number);
// That one, if it takes new runs: Error{usage} for a deleted one.
std::int64_t require_active_experiment(const Database& database, std::int64_t number);

}  // namespace mlrepro::sqlite
