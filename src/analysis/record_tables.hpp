// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "mlrepro/ports/run_store.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

// Makes those of the tables runs, metrics, points, params and tags that are among `names`.
void make_record_tables(ports::TableSession& session, const ports::RunStore& runs,
                        const std::set<std::string>& names);

}  // namespace mlrepro::analysis
