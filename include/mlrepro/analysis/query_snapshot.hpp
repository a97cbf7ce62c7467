// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/plan/column_roles.hpp"
#include "mlrepro/ports/row_source.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::analysis {

// A query's answer as a Parquet file.
struct WrittenRows {
  std::vector<model::QueryColumn> columns;  // without roles
  std::uint64_t rows = 0;
  std::vector<std::string> losses;  // a sentence for each column of which not every digit is kept
};

// What becomes of a column to sort by that the answer does not have.
enum class UnknownOrder { refuse, leave_out };

struct RowsRequest {
  std::string sql;                    // one query
  std::vector<std::string> order_by;  // "column" or "column desc"; empty: as the source has them
  plan::ColumnRoles roles;            // looked at for columns that there are not
  UnknownOrder unknown_order = UnknownOrder::refuse;
};

// Asks the source, and writes the rows to a new file at the absolute `path`. The file depends on
// the rows and the engine alone, and begins with the bytes that an answer which these rows only
// continue began with: row groups have a fixed number of rows. With an order, rows that are equal
// in it are ordered by all other columns. `limits` allow one thread at least; only one is used.
WrittenRows write_rows(ports::TableEngine& engine, const ports::TableLimits& limits,
                       ports::RowSource& source, const RowsRequest& request,
                       const std::string& path);

struct QuerySnapshotRequest {
  RowsRequest rows;
  std::string name;      // of the dataset
  std::string given_as;  // model::QueryResult::given_as
};

// The path that a dataset of this name is recorded and restored under. Error{usage} for a name that
// is no path within the project.
std::string recorded_path_of(const std::string& name);

// Stores the answer durably, then adds a dated entry to the dataset's line. Where the source goes
// away in the middle nothing is recorded.
model::Snapshot take_query_snapshot(const AnalysisPorts& ports, const ports::TableLimits& limits,
                                    ports::RowSource& source, const QuerySnapshotRequest& request);

}  // namespace mlrepro::analysis
