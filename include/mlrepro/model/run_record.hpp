// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/model/snapshot.hpp"

namespace mlrepro::model {

// A value that a tag had, until when.
struct TagChange {
  std::string key;
  std::string value;
  Timestamp replaced_at;

  bool operator==(const TagChange&) const = default;
};

// A reproduction of the run that succeeded up to a level.
struct ProofOfRun {
  RunId replay;
  Level level = Level::none;
  std::string verdict;
  Timestamp at;

  bool operator==(const ProofOfRun&) const = default;
};

// All that is on record about a run but the points of its metrics, which may be many.
struct RunRecord {
  Run run;  // without what is told from other records: `proven`, and what is forgotten
  std::vector<TagChange> tag_history;
  std::vector<ProofOfRun> proofs;
  std::vector<Snapshot> entries;  // the snapshots of its inputs and outputs
};

// Content that was destroyed, or a folder of which only parts are gone.
struct Tombstone {
  Digest digest;
  bool folder = false;
  std::string path;  // one that it had
  Timestamp at;

  bool operator==(const Tombstone&) const = default;
};

}  // namespace mlrepro::model
