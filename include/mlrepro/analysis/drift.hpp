// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/analysis/profile.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/drift.hpp"
#include "mlrepro/tracking/diff_runs.hpp"

namespace mlrepro::analysis {

// A table of a session with its profile.
struct ProfiledTable {
  const LoadedTable& table;
  const model::TableProfile& profile;
};

// Every column that both have, counted in the data; judged by the rules of `path`.
model::TableDrift compare_loaded(ports::TableSession& session, const ProfiledTable& a,
                                 const ProfiledTable& b, const std::string& path,
                                 const std::vector<model::DriftRule>& rules);

// The same of two relations of one session (what goes behind FROM).
model::TableDrift compare_relations(ports::TableSession& session, const std::string& relation_a,
                                    const std::string& relation_b, const std::string& path,
                                    const std::vector<model::DriftRule>& rules);

// By two profiles alone; how far they are from the data is said with each number.
model::TableDrift compare_profiles(const model::TableProfile& a, const model::TableProfile& b,
                                   const std::string& path,
                                   const std::vector<model::DriftRule>& rules);

// One side of a diff: a snapshot's root and its id, and what its file is called where the root is
// one.
struct DataSide {
  model::TreeEntry root;
  model::Digest snapshot;
  std::string name;
  versioning::LoadNode load;  // of the nodes below the root
  std::string place = {};     // absolute; where the root is in the working tree; empty: stored
};

// What a diff knows of two versions of one path.
struct DataSides {
  DataSide a;
  DataSide b;
  std::string path;                  // recorded
  const model::ManifestDiff& files;  // what differs between a and b; outlives it
};

// The tables that differ, in path order: of those of a, the bytes of which b does not have at the
// same path. Read where each side has them; a table that can't be read, or that b has no more, has
// a problem instead.
std::vector<model::TableDrift> compare_tables(Profiler& profiler, const DataSides& sides,
                                              const std::vector<model::DriftRule>& rules);

// The same from profiles that are known; tables without two are left out. Reads no data.
std::vector<model::TableDrift> compare_known_tables(const ports::ProfileCache& cache,
                                                    const DataSides& sides,
                                                    const std::vector<model::DriftRule>& rules,
                                                    const ProfileOptions& options);

// Where side b is: as it was seen, below the top of the project. Both outlive the sides.
struct WorkingTree {
  const tracking::SeenTrees& seen;
  std::string top;
};

// The sides of an input or output that changed, as long as `data` lasts; absent where one has no
// content, or where it is not known which files differ. `now` is null where both are in the store.
std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::DataDiff& data,
                                  const WorkingTree* now);
// The same of two contents, and of one and what is at its path now. `diff` outlives them.
std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::SnapshotDiff& diff,
                                  const tracking::Content& a, const tracking::Content& b);
std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::SnapshotDiff& diff,
                                  const tracking::Content& a, const WorkingTree& now);

// Whether there may be a table in what can't be compared: there is one, or nobody can look.
bool may_hold_tables(const tracking::Ports& ports, const model::DataDiff& data);
bool may_hold_tables(const tracking::Ports& ports, const tracking::Content& content);

}  // namespace mlrepro::analysis
