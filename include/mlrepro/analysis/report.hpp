// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/analysis/profile.hpp"
#include "mlrepro/model/report.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::analysis {

// How much a page may carry. What is left out is named in it.
struct ReportLimits {
  std::uint64_t picture_bytes = 4'000'000;    // of one
  std::uint64_t pictures_bytes = 24'000'000;  // of all together
  std::uint64_t table_bytes = 16'000'000;     // of a CSV or JSON file that is looked into
  std::size_t looked_into = 500;              // such files and pictures on one side
  std::size_t files_listed = 200;             // of each list of a data difference
  std::uint64_t patch_bytes = 2'000'000;      // of all source files together
  std::uint64_t log_bytes = 64'000;           // of the end of each stream
  std::size_t spans = 1024;                   // of a curve
  std::size_t all_spans = 200'000;            // of all curves of one side, but 128 of each
  std::size_t profiled_columns = 2000;        // of all tables together
};

// What the page of one run shows. Content that is missing or damaged is left out and named.
model::Report report_run(const tracking::Ports& ports, const model::Run& run,
                         const ReportLimits& limits = {});

// What the page of one snapshot shows; `name` is what the user calls it.
model::Report report_snapshot(const tracking::Ports& ports, const model::Snapshot& snapshot,
                              const std::string& name, const ReportLimits& limits = {});

// What is known of the tables of an input or output, or of the snapshot itself.
struct ProfiledData {
  std::string role;  // "input", "output" or "snapshot"
  std::string path;
  KnownProfiles profiles;
};
// Adds them to the page of one run or snapshot, and a note of what is not known or left out.
void add_profiles(const std::vector<ProfiledData>& data, const ReportLimits& limits,
                  model::Report& report);

// Of two runs; `diff` lists everything, with patches (tracking::diff_runs).
model::Report report_runs(const tracking::Ports& ports, const model::Run& a, const model::Run& b,
                          model::RunDiff diff, const ReportLimits& limits = {});

// Of a run and the working tree, of which only the difference is shown.
model::Report report_working_tree(const tracking::Ports& ports, const model::Run& run,
                                  model::RunDiff diff, const ReportLimits& limits = {});

// Of two contents; `a_name` and `b_name` are what the user calls them.
struct NamedContent {
  std::string name;
  tracking::Content content;
};
model::Report report_contents(const tracking::Ports& ports, const NamedContent& a,
                              const NamedContent& b, model::SnapshotDiff diff,
                              const ReportLimits& limits = {});

// Of a content and what stands at its path in the working tree, of which only the difference is
// shown.
model::Report report_content_now(const tracking::Ports& ports, const NamedContent& a,
                                 const std::string& b_name, model::SnapshotDiff diff,
                                 const ReportLimits& limits = {});

}  // namespace mlrepro::analysis
