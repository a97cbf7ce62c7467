// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/project.hpp"
#include "cli/table_profiles.hpp"
#include "mlrepro/analysis/drift.hpp"
#include "mlrepro/model/comparison.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

struct TableDiffOptions {
  bool tables = false;     // read the data where no profile is known
  std::string thresholds;  // a file of [[drift]] rules; mlrepro.toml's where empty

  [[nodiscard]] bool asked() const { return tables || !thresholds.empty(); }
};

void add_table_diff_options(CLI::App& command, TableDiffOptions& options);

// The part of `diff` that looks into tables.
class TableDiffs {
 public:
  // Reads the thresholds: Error{usage} and its like name what is wrong in them.
  TableDiffs(const TableDiffOptions& options, Project& project);

  // Fills the tables of each input and output, of what the snapshots are. `now`: side b is the
  // working tree as it was seen, and null where it is not.
  void compare(model::RunDiff& diff, const tracking::SeenTrees* now);
  void compare(model::SnapshotDiff& diff, const tracking::Content& a, const tracking::Content& b);
  void compare(model::SnapshotDiff& diff, const tracking::Content& a,
               const tracking::SeenTrees& now);

  [[nodiscard]] std::string text(const model::RunDiff& diff, Style style) const;
  [[nodiscard]] std::string text(const model::SnapshotDiff& diff, Style style) const;

  // Of --exit-code where thresholds were given: whether one is exceeded, or a table could not be
  // compared. Absent without thresholds, when any difference counts.
  [[nodiscard]] std::optional<ExitCode> verdict(const model::RunDiff& diff) const;
  [[nodiscard]] std::optional<ExitCode> verdict(const model::SnapshotDiff& diff) const;

 private:
  [[nodiscard]] bool is_idle() const;
  // Of two sides, or a word on what has none.
  void fill(model::SnapshotDiff& diff, const tracking::Content& a,
            const std::optional<analysis::DataSides>& sides);
  void tell_unseen(const std::string& path);
  void tell_idle_rules(const std::vector<model::TableDrift>& tables);
  [[nodiscard]] std::vector<model::TableDrift> compare(const analysis::DataSides& sides);
  [[nodiscard]] std::optional<ExitCode> verdict(const std::vector<model::TableDrift>& tables) const;

  const TableDiffOptions& options_;
  Project& project_;
  std::vector<model::DriftRule> rules_;
  std::optional<ProfilingSession> session_;  // made when the first table is read
  bool unseen_ = false;                      // something with tables had nothing to compare with
};

}  // namespace mlrepro::cli
