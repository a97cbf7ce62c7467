// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "mlrepro/model/collection.hpp"
#include "mlrepro/ports/object_collector.hpp"
#include "mlrepro/ports/record_keeper.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// What collecting needs besides what tracking does.
struct CollectionPorts {
  ports::RecordKeeper& keeper;
  ports::ObjectCollector& collector;
};

struct GarbageRequest {
  bool apply = false;
  std::int64_t grace_ms = 0;  // how long what goes is kept in the trash; 0: not at all
  std::chrono::milliseconds patience{60'000};
};

// All content that records name, those of runs that still run among them.
ports::RecordedContent needed_content(const Ports& ports, const ports::RecordKeeper& keeper);

// Says what nothing on record needs any more and, if asked to, removes it. Throws what
// ObjectCollector does.
model::Collection collect_garbage(const Ports& ports, const CollectionPorts& collection,
                                  const GarbageRequest& request);

}  // namespace mlrepro::tracking
