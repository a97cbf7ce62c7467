// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::model {

// What tracing a run's file accesses came to; which inputs and outputs it found stands with them.
struct RunTrace {
  bool active = false;                  // false: asked for, and not possible
  bool complete = false;                // nothing is known to be missing
  std::vector<std::string> reasons;     // why it isn't active or complete
  std::vector<std::string> data_roots;  // folders whose files count, besides the project's
  // User's files that are neither in the project nor in data that was named: not stored.
  std::vector<std::string> outside_read;
  std::vector<std::string> outside_written;
  std::vector<std::string> remotes;  // "10.0.0.7:5432", "[::1]:80", "unix:/run/db.sock"

  bool operator==(const RunTrace&) const = default;
};

}  // namespace mlrepro::model
