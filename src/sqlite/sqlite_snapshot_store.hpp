// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/ports/snapshot_store.hpp"
#include "sqlite/database.hpp"
#include "sqlite/filter_sql.hpp"

namespace mlrepro::sqlite {

// A snapshot's entry in the line of its dataset.
void write_entry(const Database& database, const model::Snapshot& snapshot);
// The entries for which a condition on the table holds, in the order in which they were recorded.
std::vector<model::Snapshot> read_entries(const Database& database, SqlText condition);

class SqliteSnapshotStore final : public ports::SnapshotStore {
 public:
  // The database must outlive the store.
  explicit SqliteSnapshotStore(Database& database) : database_(database) {}

  void record(const model::Snapshot& snapshot) override;
  [[nodiscard]] std::vector<model::Snapshot> list(const ports::SnapshotQuery& query) const override;
  [[nodiscard]] std::vector<model::RunId> users(const model::Digest& id) const override;

 private:
  Database& database_;
};

}  // namespace mlrepro::sqlite
