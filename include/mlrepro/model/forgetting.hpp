// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/run_id.hpp"

namespace mlrepro::model {

struct ForgottenRun {
  RunId id;
  std::string name;
  std::vector<std::string> replays;  // runs that replayed it, and stay
};

struct ForgottenSnapshot {
  Digest id;
  std::string path;
  std::vector<std::string> kept_by;  // runs that have it as an input or output, and stay
};

// What was taken off the record together.
struct Forgetting {
  std::vector<ForgottenRun> runs;
  std::vector<ForgottenSnapshot> snapshots;
};

// Content that was destroyed; the records that named it stay.
struct ForgottenContent {
  std::uint64_t files = 0;         // of different content, links among them
  std::vector<std::string> paths;  // one for each, sorted
  std::vector<Digest> snapshots;   // that lack some of it now
  std::vector<std::string> runs;   // whose code, data, logs or artifacts do
  std::uint64_t freed_bytes = 0;
};

}  // namespace mlrepro::model
