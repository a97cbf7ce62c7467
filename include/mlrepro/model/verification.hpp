// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
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
  // Where a repair took a good copy from; absent: the damage is still there.
  std::optional<std::string> repaired_from;
  std::string not_repaired;  // why a repair found no good copy; "" where none was looked for
};

struct Verification {
  std::uint64_t checked = 0;  // objects
  std::uint64_t bytes = 0;    // of content, before compression
  std::vector<Damage> damaged;
  std::uint64_t forgotten = 0;   // needed objects that were destroyed on purpose
  std::optional<double> sample;  // the share of the content that was read; absent: all of it
  // Files of the store whose index is damaged: nothing is lost, but each opening reads them whole.
  std::uint64_t damaged_indexes = 0;
  std::uint64_t mended_indexes = 0;  // by a repair, no longer among the damaged

  // Whether nothing is damaged any more.
  [[nodiscard]] bool is_sound() const
  {
    return std::all_of(damaged.begin(), damaged.end(),
                       [](const Damage& damage) { return damage.repaired_from.has_value(); });
  }
};

}  // namespace mlrepro::model
