// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/run_id.hpp"

namespace mlrepro::model {

// Something that did not go over, and why.
struct LeftOut {
  std::optional<RunId> run;  // absent: a snapshot
  std::string name;
  std::string reason;
};

// What went over between this store and another place, or would.
struct Exchange {
  struct Run {
    RunId id;
    std::string name;
    bool is_new = true;  // false: more of a run that was there
  };

  std::string remote;
  std::string location;
  bool dry_run = false;
  std::vector<Run> runs;
  std::uint64_t snapshots = 0;      // entries of datasets that are no run's
  std::uint64_t forgotten = 0;      // contents known to be destroyed
  std::uint64_t records = 0;        // files, folders, parts of files, documents
  std::uint64_t bytes = 0;          // about what they take
  std::uint64_t unchanged = 0;      // runs that were there already
  std::vector<LeftOut> incomplete;  // lack content, or are damaged
  std::vector<LeftOut> running;     // go when they have ended
};

}  // namespace mlrepro::model
