// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/run_text.hpp"
#include "mlrepro/model/snapshot.hpp"

namespace mlrepro::cli {

// Where the rows of a query's snapshot came from, and what its columns are; nothing for others.
void add_query(RunText& out, const model::Snapshot& snapshot);

}  // namespace mlrepro::cli
