// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::analysis {

// One query over the tables of snapshots, which snap('reference') names, and over the record:
// runs, metrics, points, params and tags (docs/tables.md). Reads what the SQL names and nothing
// else; from then on the engine reads no file but those, and writes none.
class Query {
 public:
  // Error{usage} for SQL that is wrong or does more than read, Error{not_found} and
  // Error{ambiguous} for references.
  Query(const AnalysisPorts& ports, const tracking::Place& place, const ports::TableLimits& limits,
        const std::string& sql);

  std::unique_ptr<ports::TableRows> rows();
  // Makes a new Parquet file of them in the scratch folder and says how many they are.
  std::uint64_t write_parquet(const std::string& path);

 private:
  TableWorkspace workspace_;
  std::string sql_;
};

}  // namespace mlrepro::analysis
