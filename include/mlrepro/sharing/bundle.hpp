// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/exchange.hpp"
#include "mlrepro/ports/remote.hpp"
#include "mlrepro/sharing/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::sharing {

// Writes these runs and snapshots, with all that they need, to an empty bundle, which the caller
// publishes. Error{conflict} for a run that has not ended, Error{corrupt} when something is not
// there as a whole.
model::Exchange export_bundle(const Ports& ports, ports::Remote& bundle,
                              const tracking::Place& place,
                              const std::vector<std::string>& references);

// Takes all of a bundle over, or nothing of it: Error{corrupt} when anything in it is not as it
// should be. No command is run.
model::Exchange import_bundle(const Ports& ports, const ports::Remote& bundle);

// The only run that a bundle has. Error{ambiguous} for several, Error{not_found} for none.
model::RunId only_run(const ports::Remote& bundle);

}  // namespace mlrepro::sharing
