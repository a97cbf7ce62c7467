// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/project.hpp"
#include "cli/table_scratch.hpp"
#include "mlrepro/analysis/profile.hpp"
#include "mlrepro/analysis/report.hpp"
#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/profile.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::cli {

// What takes profiles: one session of tables and the private folder that it reads.
struct ProfilingSession {
  explicit ProfilingSession(Project& project);

  TableScratch scratch;
  analysis::Profiler profiler;
};

// Content of the store, and the path that names it.
struct StoredContent {
  const model::TreeEntry& root;
  const model::Digest& snapshot;  // its id
  const std::string& path;
};

// Every table of it: from the cache, or looked at now. A table that can't be read is warned of;
// where there is no other, that is an Error{usage} if the question was about tables.
enum class Unreadable { warn, fail };
std::vector<model::TableProfile> profile_content(Project& project, const StoredContent& content,
                                                 Unreadable unreadable);

// Those that are known, where all of them are.
std::vector<model::TableProfile> known_profiles(Project& project, const StoredContent& content);

// What a page shows: of a run's inputs and outputs, and of a snapshot. Those that are known, or
// where they are asked for all.
enum class Profiles { known, all };
std::vector<analysis::ProfiledData> profiles_for_page(Project& project, const model::Run& run,
                                                      Profiles profiles);
analysis::ProfiledData profiles_for_page(Project& project, const StoredContent& content);

// With the bars that the terminal can show.
std::string profiles_text(const std::vector<model::TableProfile>& tables, Style style);

}  // namespace mlrepro::cli
