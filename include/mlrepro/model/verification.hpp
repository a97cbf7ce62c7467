// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/run_id.hpp"

namespace mlrepro::model {

// One stored object that is missing or does not hash to its name, and what needs it.
struct Damage {
  Digest object;
  std::string problem;  // "missing", "corrupt: …"
  std::vector<std::string> paths;
  std::vector<Digest> snapshots;
  std::vector<RunId> runs;
};

struct Verification {
  std::uint64_t checked = 0;  // objects
  std::uint64_t bytes = 0;    // of content, before compression
  std::vector<Damage> damaged;
};

}  // namespace mlrepro::model
