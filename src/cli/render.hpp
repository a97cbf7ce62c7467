// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/text_table.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/model/verification.hpp"
#include "mlrepro/ports/run_store.hpp"

// What a person reads: pure text, nothing is printed here.
namespace mlrepro::cli {

std::string render_runs(const std::vector<model::Run>& runs,
                        const std::vector<std::string>& columns, Style style);
std::string render_snapshots(const std::vector<model::Snapshot>& snapshots);
std::string render_experiments(const std::vector<ports::Experiment>& experiments);
std::string render_run(const model::Run& run);
std::string render_snapshot(const model::Snapshot& snapshot,
                            const std::vector<model::RunId>& users);
std::string render_diff(const model::RunDiff& diff, Style style);
std::string render_diff(const model::SnapshotDiff& diff, Style style);
std::string render_verification(const model::Verification& verification,
                                const std::map<model::RunId, std::string>& names);
std::string render_reproduction(const model::Reproduction& reproduction);

// "brave-otter-7f3a  finished in 41.2 s  rmse 0.412  auc 0.871"
std::string run_summary(const model::Run& run);

}  // namespace mlrepro::cli
