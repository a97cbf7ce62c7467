// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/exchange.hpp"
#include "mlrepro/ports/remote.hpp"
#include "mlrepro/sharing/ports.hpp"

namespace mlrepro::sharing {

// What becomes of the rest where something is missing or damaged.
enum class Damage {
  leaves_out,   // it comes; what lacks something is named
  refuses_all,  // Error{corrupt}, and nothing is on record
};

struct PullRequest {
  // Runs by id, the beginning of one, or name; snapshots by id, name or path. Empty: all that the
  // store does not know.
  std::vector<std::string> references;
  DryRun dry_run = DryRun::no;
  Damage damage = Damage::leaves_out;
};

// Content first, compared with its digests; then the records that name it, so that a run is there
// with all its content or not at all. What the remote lacks is left out and named. Content that was
// forgotten, here or at the remote, does not come. Error{not_found} for a reference that names
// nothing there.
model::Exchange pull(const Ports& ports, const ports::Remote& remote, const PullRequest& request);

}  // namespace mlrepro::sharing
