// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/model/profile.hpp"
#include "mlrepro/ports/profile_cache.hpp"

namespace mlrepro::analysis {

struct ProfileOptions {
  // Rows times columns up to which every row is looked at for quantiles, distinct and top values;
  // of a larger table, a sample of so many cells is.
  std::uint64_t exact_cells = 50'000'000;
  // For what does not depend on the order of the rows.
  unsigned threads = 1;
};

// A relation of which a session has the rows that are looked at, as a table.
struct LoadedTable {
  std::string name;      // of that table
  std::string relation;  // with all rows; the same where all are looked at
  std::vector<ports::TableColumn> columns;
  std::uint64_t rows = 0;
  std::uint64_t sampled = 0;
  unsigned threads = 1;
  // What is counted over all rows, where that was done meanwhile (analysis/profile_parts.hpp).
  std::vector<std::vector<ports::TableValue>> parts = {};
};

// `relation` has its rows in the same order each time. Which rows are taken into a sample depends
// on their numbers alone. With `count`, what is counted over all rows is, while a sample is taken.
// Replaces a table `name` of the session. Leaves the session with one thread.
LoadedTable load_table(ports::TableSession& session, const CountedRelation& relation,
                       const std::string& name, const ProfileOptions& options, bool count = true);

// All but the path, the digest, the format, the engine and the bytes. Leaves the session with one
// thread.
model::TableProfile profile_table(ports::TableSession& session, const LoadedTable& table);

// Of a table that is not there or can't be read as one, what is wrong instead of a profile.
struct ProfileResult {
  std::string path;
  std::optional<model::TableProfile> profile;
  std::string problem;
};

// Whether one is known already.
bool has_profile(const ports::ProfileCache& cache, const TableFile& table,
                 const ProfileOptions& options);
// A profile that is known already, with this path; absent when none is.
std::optional<model::TableProfile> find_profile(const ports::ProfileCache& cache,
                                                const TableFile& table,
                                                const ProfileOptions& options);

// Profiles stored tables in one session, which is opened when the first table has to be read.
// Sums are added up by one thread: they come out the same to the last bit each time.
class Profiler {
 public:
  Profiler(AnalysisPorts ports, const ports::TableLimits& limits, ports::ProfileCache& cache,
           const ProfileOptions& options);

  // From the cache, or of the content, and then cached. `snapshot` is the id of a snapshot with
  // this root. Error{external} when there is no engine.
  model::TableProfile profile(const model::TreeEntry& root, const model::Digest& snapshot,
                              const TableFile& table);
  // All tables of a snapshot, in path order. `name` is as in find_tables.
  std::vector<ProfileResult> profile_all(const model::TreeEntry& root,
                                         const model::Digest& snapshot, const std::string& name);
  // The rows themselves, as a table `name` of session(), and the profile of what was loaded.
  LoadedTable load(const StoredTable& table, const std::string& name);
  model::TableProfile profile_loaded(const TableFile& table, const model::Digest& snapshot,
                                     const LoadedTable& loaded);
  // The same of files of the user, which are read where they lie. Their profile is not cached.
  LoadedTable load_files(const TableFiles& files, const TableFile& table, const std::string& name);
  model::TableProfile profile_unkept(const TableFile& table, const LoadedTable& loaded);
  ports::TableSession& session() { return workspace().session(); }

 private:
  TableWorkspace& workspace();

  AnalysisPorts ports_;
  ports::TableLimits limits_;
  ports::ProfileCache& cache_;
  ProfileOptions options_;
  std::optional<TableWorkspace> workspace_;
};

// The profiles of those tables of a snapshot that are known already, and how many are not.
struct KnownProfiles {
  std::vector<model::TableProfile> tables;
  std::size_t unknown = 0;
};
KnownProfiles find_profiles(const tracking::Ports& ports, const ports::ProfileCache& cache,
                            const model::TreeEntry& root, const std::string& name,
                            const ProfileOptions& options);

// The profiles of all tables of a snapshot where every one is known already; empty otherwise, and
// where it has no tables.
std::vector<model::TableProfile> known_profiles(const tracking::Ports& ports,
                                                const ports::ProfileCache& cache,
                                                const model::TreeEntry& root,
                                                const std::string& name,
                                                const ProfileOptions& options);

}  // namespace mlrepro::analysis
