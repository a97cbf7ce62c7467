// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "mlrepro/ports/snapshot_store.hpp"
#include "support/memory_run_store.hpp"

namespace mlrepro::testing {

// Datasets in memory; which runs use a snapshot is read off a MemoryRunStore.
class MemorySnapshotStore final : public ports::SnapshotStore {
 public:
  explicit MemorySnapshotStore(const MemoryRunStore& runs, Journal* journal = nullptr)
      : runs_(runs), journal_(journal)
  {
  }

  Fault on_record;

  void record(const model::Snapshot& snapshot) override
  {
    on_record.count("record snapshot");
    if (journal_ != nullptr) {
      journal_->emplace_back("snapshots.record");
    }
    entries_.push_back(snapshot);
  }

  [[nodiscard]] std::vector<model::Snapshot> list(const ports::SnapshotQuery& query) const override
  {
    std::vector<model::Snapshot> found;
    for (const model::Snapshot& entry : entries_) {
      const bool id = entry.id.hex().starts_with(query.id_prefix) ||
                      entry.root.digest.hex().starts_with(query.id_prefix);
      const bool name = query.name.empty() || entry.name == query.name || entry.path == query.name;
      if (id && name && (!query.of_queries || entry.result)) {
        found.push_back(entry);
      }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.created_at < b.created_at; });
    std::reverse(found.begin(), found.end());
    found.resize(std::min(found.size(), query.limit.value_or(found.size())));
    return found;
  }

  [[nodiscard]] std::vector<model::RunId> users(const model::Digest& id) const override
  {
    std::vector<model::RunId> found;
    const auto uses = [&](const model::RunData& data) { return data.snapshot == id; };
    for (const model::Run& run : runs_.runs()) {
      if (std::any_of(run.inputs.begin(), run.inputs.end(), uses) ||
          std::any_of(run.outputs.begin(), run.outputs.end(), uses)) {
        found.push_back(run.id);
      }
    }
    return found;
  }

 private:
  const MemoryRunStore& runs_;
  Journal* journal_;
  std::vector<model::Snapshot> entries_;
};

}  // namespace mlrepro::testing
