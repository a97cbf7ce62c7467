// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/snapshot.hpp"

namespace mlrepro::ports {

// Conditions are joined by "and"; an empty one does not restrict.
struct SnapshotQuery {
  std::string id_prefix;  // of the snapshot's id or of its root's digest
  std::string name;       // the dataset's name or its path
  std::optional<std::size_t> limit;
  bool of_queries = false;  // only what a query returned
};

// Datasets: which snapshot was taken of which path or name, and when.
class SnapshotStore {
 public:
  SnapshotStore() = default;
  SnapshotStore(const SnapshotStore&) = delete;
  SnapshotStore& operator=(const SnapshotStore&) = delete;
  virtual ~SnapshotStore() = default;

  // Adds one dated entry, durably.
  virtual void record(const model::Snapshot& snapshot) = 0;
  // Newest first.
  [[nodiscard]] virtual std::vector<model::Snapshot> list(const SnapshotQuery& query) const = 0;
  // The runs that have this snapshot as an input or output.
  [[nodiscard]] virtual std::vector<model::RunId> users(const model::Digest& id) const = 0;
};

// The newest entry of this snapshot, if there is one.
std::optional<model::Snapshot> find_snapshot(const SnapshotStore& snapshots,
                                             const model::Digest& id);

}  // namespace mlrepro::ports
