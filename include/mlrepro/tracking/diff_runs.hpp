// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/plan/compare_runs.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::tracking {

enum class Patch { no, yes };

// plan::compare_runs with the files of code and data. Content that is not in the store makes that
// part unknown, not the diff fail.
model::RunDiff diff_runs(const Ports& ports, const model::Run& a, const model::Run& b,
                         plan::List list, Patch patch);

model::SnapshotDiff diff_contents(const Ports& ports, const Content& a, const Content& b);

// Data of the working tree as a diff saw them: nothing of them is in the store.
struct SeenTrees {
  std::unordered_map<model::Digest, std::string> nodes;
  std::unordered_map<model::Digest, model::TreeEntry> roots;  // by snapshot id
};

// Their nodes, and those of the store. Both outlive it.
versioning::LoadNode loader(const Ports& ports, const SeenTrees& seen);

// A recorded content with what stands at its path now, which is kept in `seen` where that is not
// null.
model::SnapshotDiff diff_with_path(const Ports& ports, const Place& place, const Content& recorded,
                                   SeenTrees* seen = nullptr);

struct WorkingTreeOptions {
  plan::List list = plan::List::differences;
  Patch patch = Patch::no;
  std::uint64_t max_untracked_bytes = 0;  // as in CodeRequest
  SeenTrees* seen = nullptr;              // where not null, the data are kept there
};

// A run with the working tree: its code, the run's inputs and outputs as they are now; command,
// parameters and metrics are the run's own. Stores nothing.
model::RunDiff diff_with_working_tree(const Ports& ports, const Place& place, const model::Run& run,
                                      const WorkingTreeOptions& options);

}  // namespace mlrepro::tracking
