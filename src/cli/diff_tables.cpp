// SPDX-License-Identifier: Apache-2.0
#include "cli/diff_tables.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/drift_rules.hpp"
#include "cli/lines_below.hpp"
#include "cli/render_tables.hpp"
#include "cli/terminal.hpp"
#include "mlrepro/analysis/drift.hpp"
#include "mlrepro/plan/tolerance.hpp"

namespace mlrepro::cli {
namespace {

std::vector<model::TableDrift> tables_of(const model::RunDiff& diff)
{
  std::vector<model::TableDrift> tables;
  for (const auto* list : {&diff.inputs, &diff.outputs}) {
    for (const model::DataDiff& data : *list) {
      tables.insert(tables.end(), data.tables.begin(), data.tables.end());
    }
  }
  return tables;
}

// Whether a table that was compared has, or had, a column that a rule is for.
bool knows_column(const model::TableDrift& table, const model::DriftRule& rule)
{
  const auto matches = [&](const auto& item) {
    return plan::matches_glob(rule.column, item.column);
  };
  return std::any_of(table.columns.begin(), table.columns.end(), matches) ||
         std::any_of(table.schema.begin(), table.schema.end(), matches);
}

}  // namespace

TableDiffs::TableDiffs(const TableDiffOptions& options, Project& project)
    : options_(options), project_(project), rules_(drift_rules(options.thresholds, project))
{
}

// Nothing is looked up for profiles where there are none.
bool TableDiffs::is_idle() const
{
  return !options_.asked() && project_.profiles().empty();
}

std::vector<model::TableDrift> TableDiffs::compare(const analysis::DataSides& sides)
{
  if (!options_.asked()) {
    return analysis::compare_known_tables(project_.profiles(), sides, rules_, {});
  }
  if (!session_) {
    session_.emplace(project_);
  }
  return analysis::compare_tables(session_->profiler, sides, rules_);
}

void TableDiffs::compare(model::RunDiff& diff, const tracking::SeenTrees* now)
{
  if (is_idle()) {
    return;
  }
  std::optional<analysis::WorkingTree> tree;
  if (now != nullptr) {
    tree.emplace(analysis::WorkingTree{*now, project_.place().top});
  }
  for (auto* list : {&diff.inputs, &diff.outputs}) {
    for (model::DataDiff& data : *list) {
      if (const auto sides =
              analysis::sides_of(project_.open_store(), data, tree ? &*tree : nullptr)) {
        data.tables = compare(*sides);
      } else if (options_.asked() && !data.same &&
                 analysis::may_hold_tables(project_.open_store(), data)) {
        tell_unseen(data.path);
      }
    }
  }
  tell_idle_rules(tables_of(diff));
}

void TableDiffs::compare(model::SnapshotDiff& diff, const tracking::Content& a,
                         const tracking::Content& b)
{
  if (!is_idle()) {
    fill(diff, a, analysis::sides_of(project_.open_store(), diff, a, b));
  }
}

void TableDiffs::compare(model::SnapshotDiff& diff, const tracking::Content& a,
                         const tracking::SeenTrees& now)
{
  if (!is_idle()) {
    fill(diff, a,
         analysis::sides_of(project_.open_store(), diff, a,
                            analysis::WorkingTree{now, project_.place().top}));
  }
}

void TableDiffs::fill(model::SnapshotDiff& diff, const tracking::Content& a,
                      const std::optional<analysis::DataSides>& sides)
{
  if (sides) {
    diff.tables = compare(*sides);
    tell_idle_rules(diff.tables);
  } else if (options_.asked() && !diff.same &&
             analysis::may_hold_tables(project_.open_store(), a)) {
    tell_unseen(a.path);
  }
}

// A limit for a column that is not there is never exceeded, and takes the place of the usual ones.
void TableDiffs::tell_idle_rules(const std::vector<model::TableDrift>& tables)
{
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const model::DriftRule& rule = rules_[i];
    std::string path;
    bool known = rule.column == "*";
    for (const model::TableDrift& table : tables) {
      if (table.source != model::TableDrift::Source::none &&
          plan::matches_glob(rule.path, table.path)) {
        path = path.empty() ? table.path : path;
        known = known || knows_column(table, rule);
      }
    }
    if (options_.asked() && !known && !path.empty()) {
      project_.reporter().warn("[[drift]] " + std::to_string(i + 1) + ": no column '" +
                               rule.column + "' in '" + path + "'");
    }
  }
}

void TableDiffs::tell_unseen(const std::string& path)
{
  unseen_ = true;
  project_.reporter().warn("the tables of '" + path +
                           "' are not compared: only one side has its content");
}

std::string TableDiffs::text(const model::RunDiff& diff, Style style) const
{
  return render_drift(tables_of(diff), writes_utf8() ? Bars::blocks : Bars::ascii, style,
                      output_width());
}

std::string TableDiffs::text(const model::SnapshotDiff& diff, Style style) const
{
  return render_drift(diff.tables, writes_utf8() ? Bars::blocks : Bars::ascii, style,
                      output_width());
}

std::optional<ExitCode> TableDiffs::verdict(const model::RunDiff& diff) const
{
  return verdict(tables_of(diff));
}

std::optional<ExitCode> TableDiffs::verdict(const model::SnapshotDiff& diff) const
{
  return verdict(diff.tables);
}

std::optional<ExitCode> TableDiffs::verdict(const std::vector<model::TableDrift>& tables) const
{
  if (!options_.asked() || rules_.empty()) {
    return std::nullopt;
  }
  if (std::any_of(tables.begin(), tables.end(), [](const auto& item) { return item.flagged(); })) {
    return ExitCode::check_says_no;
  }
  // Of no rows there is no distribution that could keep to a limit.
  const bool all_compared =
      std::none_of(tables.begin(), tables.end(), [](const model::TableDrift& item) {
        return item.source == model::TableDrift::Source::none || !item.uncompared.empty() ||
               (item.rows_a == 0) != (item.rows_b == 0);
      });
  return all_compared && !unseen_ ? ExitCode::ok : ExitCode::incomparable;
}

void add_table_diff_options(CLI::App& command, TableDiffOptions& options)
{
  command.add_flag("--tables", options.tables,
                   "Compare what is in tables: schema, distributions, missing values; without it, "
                   "by the profiles that are known");
  add_thresholds_option(command, options.thresholds, "; implies --tables");
}

}  // namespace mlrepro::cli
