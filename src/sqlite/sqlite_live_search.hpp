// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "mlrepro/ports/live_search.hpp"
#include "sqlite/connection_pool.hpp"
#include "sqlite/search_sql.hpp"

namespace mlrepro::sqlite {

// Asks the database for the runs that it knows all of, and temporary tables of the same names for
// those that still run.
class SqliteLiveSearch final : public ports::LiveSearch {
 public:
  // The pool must outlive this.
  explicit SqliteLiveSearch(ConnectionPool& pool) : pool_(pool) {}

  [[nodiscard]] ports::Page<model::ClientRun> search(
      const ports::SearchRequest& request, const std::vector<model::ClientRun>& running) override;

 private:
  // Of a connection of its own, which temporary tables are seen by only.
  [[nodiscard]] FoundRows find_running(const ports::SearchRequest& request,
                                       const std::vector<model::ClientRun>& running);

  ConnectionPool& pool_;
  std::mutex mutex_;
  std::unique_ptr<Database> scratch_;
};

}  // namespace mlrepro::sqlite
