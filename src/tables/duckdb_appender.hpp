// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "mlrepro/ports/table_engine.hpp"
#include "tables/duckdb_api.hpp"

namespace mlrepro::tables {

class DuckdbRowAppender final : public ports::TableAppender {
 public:
  // Error{usage} when there is no such table.
  DuckdbRowAppender(DuckdbDatabase database, const std::string& table);

  void add(const std::vector<ports::TableValue>& row) override;
  void finish() override;

 private:
  void check(DuckdbState state) const;

  std::unique_ptr<ConnectionHandle> connection_;
  AppenderHandle appender_;
  std::size_t rows_ = 0;
  std::size_t waiting_bytes_ = 0;  // in rows that are not in the table yet
};

}  // namespace mlrepro::tables
