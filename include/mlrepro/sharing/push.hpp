// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/exchange.hpp"
#include "mlrepro/ports/remote.hpp"
#include "mlrepro/sharing/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::sharing {

// What is told to be forgotten.
enum class Tombstones {
  all,           // that the remote does not know
  of_what_goes,  // only what the runs and snapshots would have
};

enum class Recheck {
  no,
  yes,  // what the remote has of it is read, and goes again where it is damaged
};

struct PushRequest {
  // Runs and snapshots; their content is looked for on the remote also where their records are
  // there. Empty: all that the remote does not know.
  std::vector<std::string> references;
  DryRun dry_run = DryRun::no;
  Recheck recheck = Recheck::no;
  Tombstones tombstones = Tombstones::all;
};

// Content first, then the records that name it. What lacks something here is left out and named.
// Holds the store meanwhile: nothing is removed from it. Throws Error{external} when the remote
// fails; what has been sent stays, and is not sent again.
model::Exchange push(const Ports& ports, ports::Remote& remote, const tracking::Place& place,
                     const PushRequest& request);

}  // namespace mlrepro::sharing
