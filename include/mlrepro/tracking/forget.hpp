// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/forgetting.hpp"
#include "mlrepro/ports/record_keeper.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::tracking {

// Takes the runs and snapshots that the references name off the record, all of them or none. What
// they named stays in the store until garbage is collected. Error{conflict} for a running run, and
// for a snapshot that only runs have taken: it goes with them.
model::Forgetting forget(const Ports& ports, ports::RecordKeeper& keeper, const Place& place,
                         const std::vector<std::string>& references);

}  // namespace mlrepro::tracking
