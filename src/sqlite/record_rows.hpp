// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/model/run_record.hpp"
#include "mlrepro/plan/merge_records.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

std::vector<model::TagChange> read_tag_history(const Database& database, std::int64_t run);
std::vector<model::ProofOfRun> read_proofs(const Database& database, std::int64_t run);
std::vector<model::MetricPoint> read_points(const Database& database, std::int64_t run,
                                            const std::string& key);

void write_tag_history(const Database& database, std::int64_t run,
                       const std::vector<model::TagChange>& changes);
void write_proofs(const Database& database, std::int64_t run,
                  const std::vector<model::ProofOfRun>& proofs);
// Appends to a metric that has a row, whose summary stays.
void append_points(const Database& database, std::int64_t run, const std::string& key,
                   const std::vector<model::MetricPoint>& points);
// Appends to a metric, which is made where there is none, and counts them in.
void add_points(const Database& database, std::int64_t run, const std::string& key,
                const model::MetricSummary& like, const std::vector<model::MetricPoint>& points);
// Parameters, tags, notes, artifacts, additions and proofs.
void write_growth(const Database& database, std::int64_t run, const plan::RecordGrowth& growth);

}  // namespace mlrepro::sqlite
