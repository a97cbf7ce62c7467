// SPDX-License-Identifier: Apache-2.0
#include "cli/diff_tables.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/render_tables.hpp"
#include "cli/table_scratch.hpp"
#include "cli/terminal.hpp"
#include "mlrepro/analysis/drift.hpp"
#include "mlrepro/format/drift_rules.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

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

std::vector<model::DriftRule> rules_for(const TableDiffOptions& options, Project& project)
{
  const bool own_file = !options.thresholds.empty();
  const std::string path = own_file ? plan::join_path(project.place().cwd, options.thresholds)
                                    : plan::join_path(project.place().top, "mlrepro.toml");
  ports::FileTree& files = project.open_store().data.files;
  if (!own_file && !files.stat(path, ports::FollowLinks::yes)) {
    return {};
  }
  return format::parse_drift_rules(
      own_file ? options.thresholds : "mlrepro.toml", ports::read_file(files, path),
      own_file ? format::OtherKeys::refused : format::OtherKeys::allowed);
}

}  // namespace

// What reads tables, made when the first one is.
struct TableDiffs::Reader {
  explicit Reader(Project& project)
      : scratch(project),
        profiler({project.open_store(), project.table_engine(), scratch.data()}, scratch.limits(),
                 project.profiles(), {})
  {
  }

  TableScratch scratch;
  analysis::Profiler profiler;
};

TableDiffs::TableDiffs(const TableDiffOptions& options, Project& project)
    : options_(options), project_(project), rules_(rules_for(options, project))
{
}

void TableDiffs::compare(model::RunDiff& diff) const
{
  tracking::Ports& ports = project_.open_store();
  std::optional<Reader> reader;
  for (auto* list : {&diff.inputs, &diff.outputs}) {
    for (model::DataDiff& data : *list) {
      const auto sides = analysis::sides_of(ports, data);
      if (!sides) {
        continue;
      }
      if (!options_.asked()) {
        data.tables =
            analysis::compare_known_tables(ports, project_.profiles(), *sides, rules_, {});
        continue;
      }
      if (!reader) {
        reader.emplace(project_);
      }
      data.tables = analysis::compare_tables(reader->profiler, *sides, rules_);
    }
  }
}

void TableDiffs::compare(model::SnapshotDiff& diff, const tracking::Content& a,
                         const tracking::Content& b) const
{
  if (diff.same || !a.stored || !b.stored) {
    return;
  }
  const analysis::DataSides sides{
      {a.root, a.id, plan::base_name(a.path)}, {b.root, b.id, plan::base_name(b.path)}, b.path};
  if (options_.asked()) {
    Reader reader(project_);
    diff.tables = analysis::compare_tables(reader.profiler, sides, rules_);
  } else {
    diff.tables = analysis::compare_known_tables(project_.open_store(), project_.profiles(), sides,
                                                 rules_, {});
  }
}

std::string TableDiffs::text(const model::RunDiff& diff, Style style) const
{
  return render_drift(tables_of(diff), writes_utf8() ? Bars::blocks : Bars::ascii, style);
}

std::string TableDiffs::text(const model::SnapshotDiff& diff, Style style) const
{
  return render_drift(diff.tables, writes_utf8() ? Bars::blocks : Bars::ascii, style);
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
  const bool all_compared = std::none_of(
      tables.begin(), tables.end(),
      [](const model::TableDrift& item) { return item.source == model::TableDrift::Source::none; });
  return all_compared ? ExitCode::ok : ExitCode::incomparable;
}

void add_table_diff_options(CLI::App& command, TableDiffOptions& options)
{
  command.add_flag("--tables", options.tables,
                   "Compare what is in tables: schema, distributions, missing values; without it, "
                   "by the profiles that are known");
  command
      .add_option("--thresholds", options.thresholds,
                  "Judge tables by the [[drift]] rules of this file (default: mlrepro.toml); "
                  "implies --tables")
      ->type_name("FILE");
}

}  // namespace mlrepro::cli
