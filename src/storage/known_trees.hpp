// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/ports/remote.hpp"

namespace mlrepro::storage {

// Folders, and parts of large ones, that a remote had with all that they lead to when something was
// last pushed to it. Files of a remote are never changed or removed, so that it still has them,
// unless it was damaged.
using KnownTrees = std::unordered_set<model::Digest>;

// `there` are the packs of the remote. Empty unless each that it had then is there, as long as it
// was; empty also where the file is not there or is not as it was written.
KnownTrees read_known_trees(const std::string& path, const std::vector<ports::RemoteFile>& there);

// A cache: no error when it can't be written.
void write_known_trees(const std::string& path, const std::vector<ports::RemoteFile>& there,
                       const KnownTrees& trees);

}  // namespace mlrepro::storage
