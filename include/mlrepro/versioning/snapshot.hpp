// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/versioning/ingest.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

struct SnapshotRequest {
  std::string path;      // absolute
  std::string recorded;  // as it is recorded (plan/paths.hpp)
  std::string name;      // of the dataset; empty: the path names it
  model::Stored stored = model::Stored::content;
  std::optional<model::RunId> run = {};  // whose input or output it is
  // Only these files of the folder, relative to it; empty: all there is.
  std::vector<std::string> files = {};
};

// Takes in what stands at a path, or the listed files of it. A listed file that can't be read is
// Error{io}; one that is gone is left out.
Ingested take_content(const Ports& ports, const SnapshotRequest& request,
                      const IngestExtras& extras);

model::Digest snapshot_id(const ports::Digester& digester, const model::TreeEntry& root);

// Stores the content durably, then adds a dated entry to the dataset's line.
model::Snapshot take_snapshot(const Ports& ports, const SnapshotRequest& request);

// Writes `<path>.snap`, if it does not say the same already. Error{conflict} when that name is
// taken by something that is no pointer file. Returns the pointer file's path.
std::string write_pointer(const Ports& ports, const std::string& path,
                          const model::Snapshot& snapshot);

}  // namespace mlrepro::versioning
