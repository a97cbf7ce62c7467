// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/analysis/profile.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/drift.hpp"

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
};

// What a diff knows of two versions of one path.
struct DataSides {
  DataSide a;
  DataSide b;
  std::string path;  // recorded
};

// The tables that differ, in path order. Read from the store; a table that can't be read, or that b
// has no more, has a problem instead.
std::vector<model::TableDrift> compare_tables(Profiler& profiler, const DataSides& sides,
                                              const std::vector<model::DriftRule>& rules);

// The same from profiles that are known; tables without two are left out. Reads no data.
std::vector<model::TableDrift> compare_known_tables(const tracking::Ports& ports,
                                                    const ports::ProfileCache& cache,
                                                    const DataSides& sides,
                                                    const std::vector<model::DriftRule>& rules,
                                                    const ProfileOptions& options);

// The sides of an input or output that changed; absent where one has no content in the store.
std::optional<DataSides> sides_of(const tracking::Ports& ports, const model::DataDiff& data);

}  // namespace mlrepro::analysis
