// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/snapshot_store.hpp"

#include <utility>

namespace mlrepro::ports {

std::optional<model::Snapshot> find_snapshot(const SnapshotStore& snapshots,
                                             const model::Digest& id)
{
  auto found = snapshots.list({id.hex(), "", 1});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

}  // namespace mlrepro::ports
