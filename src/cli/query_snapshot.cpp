// SPDX-License-Identifier: Apache-2.0
#include "cli/query_snapshot.hpp"

#include <CLI/CLI.hpp>

#include "cli/open_source.hpp"
#include "cli/table_scratch.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/analysis/query_snapshot.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/sql_text.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

std::string read_query(const QueryOptions& options, Project& project)
{
  if (!options.sql.empty() && !options.sql_file.empty()) {
    throw Error(ErrorKind::usage, "--sql and --sql-file: one snapshot has one query",
                "use one of them");
  }
  if (options.sql_file.empty()) {
    return plan::single_query(options.sql);
  }
  const std::string path = plan::join_path(project.place().cwd, options.sql_file);
  return plan::single_query(ports::read_file(project.open_or_make_store().data.files, path));
}

void check(const QueryOptions& options, const std::string& name)
{
  if (options.from.empty()) {
    throw Error(ErrorKind::usage, "--sql: from where?",
                "name the source: --from sqlite:shop.db, --from postgresql://HOST/DATABASE, "
                "--from env:NAME or --from sales.csv");
  }
  if (name.empty()) {
    throw Error(ErrorKind::usage, "--sql: its rows have no name yet",
                "give the dataset one: -n sales-2021");
  }
  check_label("--name", name);
  (void)analysis::recorded_path_of(name);
}

}  // namespace

bool QueryOptions::given() const
{
  if (!sql.empty() || !sql_file.empty()) {
    return true;
  }
  const std::pair<const char*, bool> needing[] = {
      {"--from", !from.empty()},       {"--features", !features.empty()},
      {"--target", !targets.empty()},  {"--split", !split.empty()},
      {"--inspect", !inspect.empty()}, {"--order-by", !order_by.empty()}};
  for (const auto& [option, is_given] : needing) {
    if (is_given) {
      throw Error(ErrorKind::usage, std::string(option) + ": there is no query that it belongs to",
                  "say which rows: --sql \"SELECT …\" or --sql-file FILE");
    }
  }
  return false;
}

void add_query_options(CLI::App& command, QueryOptions& options)
{
  const auto columns = [&](const char* name, std::vector<std::string>& list, const char* text) {
    return command.add_option(name, list, text)->allow_extra_args(false)->type_name("COLUMN");
  };
  command
      .add_option("--sql", options.sql,
                  "Version the rows that this query returns, as a Parquet file")
      ->type_name("QUERY");
  command.add_option("--sql-file", options.sql_file, "The same with the query in a file")
      ->type_name("FILE");
  command
      .add_option("--from", options.from,
                  "Where to ask: sqlite:PATH, postgresql://HOST/DATABASE, odbc:DSN=NAME, "
                  "duckdb:PATH, a CSV, Parquet or JSON lines file, or env:NAME for the address in "
                  "a variable")
      ->type_name("SOURCE");
  columns("--features", options.features,
          "Columns that the model learns from, separated by commas");
  columns("--target", options.targets, "Columns that it predicts");
  command.add_option("--split", options.split, "Column that tells training rows from others")
      ->type_name("COLUMN");
  columns("--inspect", options.inspect,
          "Columns that the model never sees, kept to understand the rows (where any column has a "
          "role: all others)");
  columns("--order-by", options.order_by,
          "Sort the rows by these, then by all others, so that equal rows are an equal snapshot "
          "and a table that grew is stored as what is new; 'COLUMN desc' for descending (default: "
          "as the source returns them)")
      ->delimiter(',');
}

model::Snapshot snapshot_query(const QueryOptions& options, const std::string& name,
                               Project& project)
{
  check(options, name);
  const SourceWord word = source_of_option(project, options.from);
  analysis::QuerySnapshotRequest request;
  request.rows.sql = read_query(options, project);
  request.rows.order_by = options.order_by;
  request.rows.roles = {options.features, options.targets, options.split, options.inspect};
  request.name = name;
  request.given_as = word.given_as;
  project.open_or_make_store();
  const TableScratch scratch(project);
  const TableScratch of_source(project);
  const auto source = open_source(project, word, of_source);
  if (options.order_by.empty() && !plan::has_order(request.rows.sql)) {
    project.reporter().note(
        "the rows have no order: --order-by COLUMN makes equal rows an equal snapshot");
  }
  return analysis::take_query_snapshot(table_ports(project, scratch), scratch.limits(), *source,
                                       request);
}

}  // namespace mlrepro::cli
