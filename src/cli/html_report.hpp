// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/analysis/report.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/run.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// --html FILE: a page beside the answer, or with "-" instead of it.
struct HtmlOptions {
  std::string file;  // empty: none
  bool force = false;

  [[nodiscard]] bool wanted() const { return !file.empty(); }
  [[nodiscard]] bool instead_of_answer() const { return file == "-"; }
};

void add_html_options(CLI::App& command, HtmlOptions& options);

// Throws what writing the page would throw, so that nobody waits for a comparison first:
// Error{usage} for a place that can't be written, for --json with "-" and for --force alone,
// Error{conflict} for a file that is there and is no report, without --force, Error{external} where
// this mlrepro was built without the page.
void check_html(const HtmlOptions& options, Project& project);

// Each writes the page in one step, with a note that names it, and does nothing where none is
// wanted. They throw Error{io}. `answer` is the difference that was told: the tables that were
// compared for it are on the page, too.
void write_html(const model::Run& run, const std::vector<analysis::ProfiledData>& tables,
                const HtmlOptions& options, Project& project);
struct NamedSnapshot {
  const model::Snapshot& snapshot;
  const std::string& name;  // what the user calls it
};
void write_html(const NamedSnapshot& named, const analysis::ProfiledData& tables,
                const HtmlOptions& options, Project& project);
struct RunPair {
  const model::Run& a;
  const model::Run& b;
};
void write_html(const RunPair& runs, const model::RunDiff& answer, const HtmlOptions& options,
                Project& project);
// With the working tree.
void write_html(const model::Run& run, const model::RunDiff& answer, const HtmlOptions& options,
                Project& project);
struct ContentPair {
  analysis::NamedContent a;
  analysis::NamedContent b;
};
void write_html(const ContentPair& contents, const model::SnapshotDiff& answer,
                const HtmlOptions& options, Project& project);
// With the working tree.
void write_html(const analysis::NamedContent& content, const model::SnapshotDiff& answer,
                const HtmlOptions& options, Project& project);

}  // namespace mlrepro::cli
