// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Whose input or output something is, and what its path is seen from.
struct DataOwner {
  std::string top;
  model::RunId run;
};

// Takes a snapshot of `data.path` (recorded, seen from the top) and fills in the rest of `data`.
// With Stored::identity_only nothing is written but the cache. False when nothing is there. Of
// `data.partial`, only `files` (relative to the path) are taken.
bool record_data(const Ports& ports, const DataOwner& owner, model::Stored stored,
                 model::RunData& data, const std::vector<std::string>& files = {});

// Fills in the identity of what stands at `data.path` now. Returns its root; absent when nothing
// is there. `nodes` as in versioning::IngestExtras, `files` as above.
std::optional<model::TreeEntry> look_at_data(
    const Ports& ports, const std::string& top, model::RunData& data,
    std::unordered_map<model::Digest, std::string>* nodes = nullptr,
    const std::vector<std::string>& files = {});

// The files that a stored snapshot of part of a folder has. Throws Error{not_found} where its
// content is not in the store.
std::vector<std::string> list_files(const Ports& ports, const model::Digest& snapshot);

}  // namespace mlrepro::tracking
