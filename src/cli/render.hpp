// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cli/text_table.hpp"
#include "mlrepro/model/collection.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/exchange.hpp"
#include "mlrepro/model/explanation.hpp"
#include "mlrepro/model/optimization.hpp"
#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/model/verification.hpp"
#include "mlrepro/model/what_if.hpp"
#include "mlrepro/ports/run_store.hpp"

// What a person reads: pure text, nothing is printed here.
namespace mlrepro::cli {

std::string render_runs(const std::vector<model::Run>& runs,
                        const std::vector<std::string>& columns, Style style);
// A table for each value of the column `group`, in the order in which they come first.
std::string render_grouped_runs(const std::vector<model::Run>& runs, const std::string& group,
                                const std::vector<std::string>& columns, Style style);
// With a row of column names.
std::string runs_to_csv(const std::vector<model::Run>& runs,
                        const std::vector<std::string>& columns);
std::string render_snapshots(const std::vector<model::Snapshot>& snapshots, Style style);
std::string render_experiments(const std::vector<ports::Experiment>& experiments, Style style);
std::string render_run(const model::Run& run, Style style);
// The runs of a sweep, the last attempt of each, in the order given.
std::string render_sweep(const model::Run& sweep, const std::vector<model::Run>& runs,
                         const std::string& sort_key, Style style);
// `users` are the names of the runs that have it as an input or output.
std::string render_snapshot(const model::Snapshot& snapshot, const std::vector<std::string>& users);
// What RunDiff::b is when a run is compared with the files as they are now.
inline constexpr const char* k_working_tree = "working tree";
std::string render_diff(const model::RunDiff& diff, Style style);
std::string render_diff(const model::SnapshotDiff& diff, Style style);
std::string render_verification(const model::Verification& verification,
                                const std::map<model::RunId, std::string>& names, Style style);
std::string render_optimization(const model::Optimization& optimization);
std::string render_collection(const model::Collection& collection, Style style);
// `verb` is what happened: "pushed" or "pulled".
std::string render_exchange(const model::Exchange& exchange, const std::string& verb, Style style);
std::string render_reproduction(const model::Reproduction& reproduction, Style style);
// A line each; render_reproduction has the rest.
std::string render_reproductions(std::span<const model::Reproduction> reproductions, Style style);
std::string render_explanation(const model::Explanation& explanation, Style style);
std::string render_what_ifs(std::span<const model::WhatIf> answers, Style style);

// "brave-otter-7f3a  finished in 41.2 s  rmse 0.412  auc 0.871"
std::string run_summary(const model::Run& run);

// Pieces that several of them share.
std::string status_text(const model::Run& run);
Tone status_tone(model::RunStatus status);
std::string duration_text(const model::Run& run);
std::string code_text(const model::Run& run);
std::string minutes_text(model::Timestamp time);                        // "2026-11-23 06:00"
std::string files_text(std::uint64_t files, std::uint64_t bytes);       // "3 files, 1.2 MB"
std::string forgotten_text(const std::optional<model::Timestamp>& at);  // empty, or "  (…)"
// What a run used of its machine in a few words: the most of what goes up and down, the sum of what
// only grows. Empty where nothing was measured.
std::string resources_text(const std::map<std::string, model::MetricSummary>& metrics);
std::string short_number(double value);  // six digits
std::string short_id(const std::optional<model::Digest>& id);

}  // namespace mlrepro::cli
