// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/source_check.hpp"
#include "mlrepro/ports/row_source.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::analysis {

// The snapshots of queries that a reference stands for: itself, or those among a run's inputs.
// Error{usage} where there is none.
std::vector<model::Snapshot> query_snapshots_of(const tracking::Ports& ports,
                                                const tracking::Place& place,
                                                const std::string& reference);

struct CheckRequest {
  std::vector<std::string> key;  // columns that identify a row; empty: rows are compared as a whole
  std::uint64_t limit = 10;      // how many rows of each kind are listed
  // What counts where rows differ; where none of them is for this table, every difference does.
  std::vector<model::DriftRule> rules = {};
};

// Existing, empty, private folders: one for each step.
struct CheckScratch {
  std::string rows;    // as they were and as they are
  std::string tables;  // of the sessions that compare them
};

struct CheckPorts {
  const tracking::Ports& tracking;
  ports::TableEngine& engine;
  ports::TableLimits limits;
  CheckScratch scratch;
};

using OpenSource = std::function<std::unique_ptr<ports::RowSource>()>;

// Asks the recorded query again and compares its rows with the stored ones. What `open` throws, and
// what the source says against the query, becomes a verdict. Nothing is recorded.
model::SourceCheck check_source(const CheckPorts& ports, const model::Snapshot& snapshot,
                                const OpenSource& open, const CheckRequest& request);

}  // namespace mlrepro::analysis
