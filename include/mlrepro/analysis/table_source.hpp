// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::analysis {

enum class TableSourceKind { duckdb, file };

// What the table engine itself reads, as a source of rows. A DuckDB database is attached for
// reading only. A CSV, Parquet or JSON lines file is the table `data`, and also goes by its own
// name without endings: sales for sales.csv.gz. The query reads no other file. `path` is absolute,
// `uri` what the source is called. The scratch folder of `ports` is used. Error{external} for a
// file that is not there or can't be read, Error{usage} for one that is no table.
std::unique_ptr<ports::RowSource> open_table_source(const AnalysisPorts& ports,
                                                    const ports::TableLimits& limits,
                                                    TableSourceKind kind, const std::string& path,
                                                    const std::string& uri);

}  // namespace mlrepro::analysis
