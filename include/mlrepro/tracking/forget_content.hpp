// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "mlrepro/model/forgetting.hpp"
#include "mlrepro/tracking/collect_garbage.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::tracking {

struct ContentRequest {
  // Paths of the project or names of datasets: all that was ever recorded there, in snapshots and
  // in the code of runs. Other references: that content alone.
  std::vector<std::string> references;
  std::chrono::milliseconds patience{60'000};
};

// Destroys content everywhere in the store, wherever else it is named; the records stay, with the
// date. Collects all garbage too, without a trash, since it may be part of that. First it is noted
// what is to go: when that much is done, the next collection completes the rest.
model::ForgottenContent forget_content(const Ports& ports, const CollectionPorts& collection,
                                       const Place& place, const ContentRequest& request);

}  // namespace mlrepro::tracking
