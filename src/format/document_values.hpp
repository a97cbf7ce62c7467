// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/json_values.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/query_result.hpp"
#include "mlrepro/model/row_diff.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"

// Documents as parts of other ones.
namespace mlrepro::format {

Json run_value(const model::Run& run);
Json diff_value(const model::RunDiff& diff);
Json diff_value(const model::SnapshotDiff& diff);
Json row_diff_value(const model::RowDiff& diff);
Json snapshot_value(const model::Snapshot& snapshot);
Json query_column_value(const model::QueryColumn& column);

}  // namespace mlrepro::format
