// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/ports/run_store.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

struct SweepSort {
  std::string key;  // empty: by number
  ports::Order order = ports::Order::newest_first;
};

// The runs of a sweep, of each its last attempt, with what running ones have logged so far. Throws
// Error{usage} for a key that no run has.
std::vector<model::Run> sweep_runs(const Ports& ports, const model::Run& sweep,
                                   const SweepSort& sort);

}  // namespace mlrepro::tracking
