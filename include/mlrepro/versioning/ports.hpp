// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/clock.hpp"
#include "mlrepro/ports/digester.hpp"
#include "mlrepro/ports/file_tree.hpp"
#include "mlrepro/ports/object_store.hpp"
#include "mlrepro/ports/reporter.hpp"
#include "mlrepro/ports/snapshot_store.hpp"
#include "mlrepro/ports/stat_cache.hpp"

namespace mlrepro::versioning {

// What versioning needs of the world; all of it outlives the calls.
struct Ports {
  ports::FileTree& files;
  ports::ObjectStore& objects;
  ports::StatCache& stat_cache;
  ports::SnapshotStore& snapshots;
  const ports::Digester& digester;
  const ports::Clock& clock;
  ports::Reporter& reporter;
  // How many may work on files at once; with one, everything happens in order.
  unsigned threads = 1;
};

}  // namespace mlrepro::versioning
