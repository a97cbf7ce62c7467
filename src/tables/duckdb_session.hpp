// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlrepro/ports/table_engine.hpp"
#include "tables/duckdb_api.hpp"

namespace mlrepro::tables {

// A database in memory.
class DuckdbSession final : public ports::TableSession {
 public:
  // Throws Error{external} where DuckDB is not there, Error{usage} for limits that it refuses.
  explicit DuckdbSession(const ports::TableLimits& limits);

  void execute(const std::string& sql) override;
  std::unique_ptr<ports::TableRows> query(const std::string& sql) override;
  std::unique_ptr<ports::TableAppender> append(const std::string& table) override;
  std::uint64_t write_parquet(const std::string& select, const ports::ParquetFile& file) override;
  void use_database(const std::string& name) override;
  void confine(const ports::Readable& readable) override;

 private:
  DatabaseHandle database_;
  ConnectionHandle connection_;
  std::string used_;
  bool confined_ = false;
};

}  // namespace mlrepro::tables
