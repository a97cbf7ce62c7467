// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/diff_tables.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/html_report.hpp"
#include "cli/render.hpp"
#include "cli/row_diff_options.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/diff_runs.hpp"

namespace mlrepro::cli {
namespace {

struct DiffOptions {
  std::string a;
  std::string b;
  bool all = false;
  bool patch = false;
  bool markdown = false;
  bool exit_code = false;
  HtmlOptions html;
  TableDiffOptions tables;
  RowDiffOptions rows;
};

bool is_run(const tracking::Target& target)
{
  return target.run.has_value() && !target.data.has_value();
}

template <typename Diff>
int answer(const Diff& diff, const DiffOptions& options, Project& project, const TableDiffs& tables)
{
  if (options.html.instead_of_answer()) {
    // The page is the answer.
  } else if (project.options().json) {
    print(format::to_json(diff));
  } else {
    const Style style = options.markdown ? Style::markdown : project.style();
    print(render_diff(diff, style) + tables.text(diff, style));
  }
  const ExitCode any_difference = diff.same ? ExitCode::ok : ExitCode::check_says_no;
  return static_cast<int>(options.exit_code ? tables.verdict(diff).value_or(any_difference)
                                            : ExitCode::ok);
}

plan::List listed(const DiffOptions& options)
{
  return options.all ? plan::List::all : plan::List::differences;
}

tracking::Patch patch(const DiffOptions& options)
{
  return options.patch ? tracking::Patch::yes : tracking::Patch::no;
}

int diff_with_now(const tracking::Target& a, const DiffOptions& options, Project& project,
                  TableDiffs& tables)
{
  tracking::Ports& ports = project.open_store();
  tracking::SeenTrees now;
  if (is_run(a)) {
    model::RunDiff result = tracking::diff_with_working_tree(
        ports, project.place(), *a.run,
        {listed(options), patch(options), project.config().max_untracked_bytes, &now});
    result.b = k_working_tree;
    tables.compare(result, &now);
    write_html(*a.run, result, options.html, project);
    return answer(result, options, project, tables);
  }
  const auto recorded = tracking::resolve_content(ports, project.place(), options.a);
  model::SnapshotDiff result = tracking::diff_with_path(ports, project.place(), recorded, &now);
  tables.compare(result, recorded, now);
  write_html(analysis::NamedContent{options.a, recorded}, result, options.html, project);
  return answer(result, options, project, tables);
}

int diff_contents(const DiffOptions& options, Project& project, TableDiffs& tables)
{
  tracking::Ports& ports = project.open_store();
  const ContentPair contents{
      {options.a, tracking::resolve_content(ports, project.place(), options.a)},
      {options.b, tracking::resolve_content(ports, project.place(), options.b)}};
  model::SnapshotDiff result =
      tracking::diff_contents(ports, contents.a.content, contents.b.content);
  tables.compare(result, contents.a.content, contents.b.content);
  write_html(contents, result, options.html, project);
  return answer(result, options, project, tables);
}

int diff_rows(const DiffOptions& options, Project& project)
{
  const char* other = options.all                          ? "--all"
                      : options.patch                      ? "--patch"
                      : options.tables.tables              ? "--tables"
                      : !options.tables.thresholds.empty() ? "--thresholds"
                      : options.html.wanted()              ? "--html"
                                                           : nullptr;
  if (other != nullptr) {
    throw model::Error(model::ErrorKind::usage,
                       std::string(other) + ": says nothing of rows, and these are compared",
                       "leave it out, or leave out --rows, --key and --no-key");
  }
  const bool same = diff_rows_of({options.a, options.b, options.markdown}, options.rows, project);
  return static_cast<int>(options.exit_code && !same ? ExitCode::check_says_no : ExitCode::ok);
}

int diff(const DiffOptions& options, Project& project)
{
  if (options.markdown && project.options().json) {
    throw model::Error(model::ErrorKind::usage, "--markdown and --json: one answer has one form",
                       "use one of them");
  }
  if (options.rows.given()) {
    return diff_rows(options, project);
  }
  check_html(options.html, project);
  tracking::Ports& ports = project.open_store();
  TableDiffs tables(options.tables, project);
  const tracking::Target a = tracking::resolve(ports, project.place(), options.a);
  if (options.b.empty()) {
    return diff_with_now(a, options, project, tables);
  }
  const tracking::Target b = tracking::resolve(ports, project.place(), options.b);
  if (is_run(a) != is_run(b)) {
    throw model::Error(
        model::ErrorKind::usage,
        "'" + options.a + "' and '" + options.b + "': a run and a snapshot can't be compared",
        "name the run's data with RUN:PATH");
  }
  if (!is_run(a)) {
    return diff_contents(options, project, tables);
  }
  model::RunDiff result =
      tracking::diff_runs(ports, *a.run, *b.run, listed(options), patch(options));
  tables.compare(result, nullptr);
  write_html({*a.run, *b.run}, result, options.html, project);
  return answer(result, options, project, tables);
}

}  // namespace

void register_diff(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command =
      app.add_subcommand("diff", "Compare two runs, two snapshots, or one with the working tree");
  command->add_option("A", options->a, "A run, a snapshot or RUN:PATH")->required();
  command->add_option("B", options->b, "What to compare it with (default: the working tree)");
  command->add_flag("--all", options->all,
                    "List parameters, metrics, data and environment that are the same, too");
  command->add_flag("--patch", options->patch, "Show the changed lines of the code");
  command->add_flag("--markdown", options->markdown, "Answer in Markdown");
  command->add_flag("--exit-code", options->exit_code,
                    "Exit with 1 when there are differences; with rules for tables, when one is "
                    "exceeded");
  add_table_diff_options(*command, options->tables);
  add_row_diff_options(*command, options->rows);
  add_html_options(*command, options->html);
  set_help(
      *command,
      {"a is the first, b the second; differences of metrics are b - a, and relative to a.\n"
       "Tables in data that changed are compared by their profiles where both are known (snapshot "
       "--profile), with --tables by what is in them: changes of the schema first, then the "
       "columns "
       "that drift, the worst first. A column drifts when an effect is large and significant: PSI "
       "from 0.1, 5 % of the rows going missing, or 10 % with values that were not there; "
       "[[drift]] rules say else. With rules and --tables, --exit-code is a gate for data: 1 "
       "exactly when one is exceeded, 9 when a table or a column that has limits could not be "
       "compared. Without B, the tables of the working tree are read where they lie.\n"
       "With --key, --rows or --no-key, two tables are compared row by row: a snapshot or RUN:PATH "
       "that is one, one below it (REF:PATH), or a file. The order of rows and columns is of no "
       "account. See docs/tables.md.",
       {"mlrepro diff @2 @1", "mlrepro diff @1 --patch", "mlrepro diff @2:data/ @1:data/",
        "mlrepro diff data.snap", "mlrepro diff data/ --tables",
        "mlrepro diff sales-2021 sales-2022 --tables",
        "mlrepro diff @2:data/ @1:data/ --thresholds drift.toml --exit-code",
        "mlrepro diff @2:data/sales.csv @1:data/sales.csv --key product_id,store_id",
        "mlrepro diff sales-2021 sales-2022 --rows --tolerance price=1% --csv > delta.csv",
        "mlrepro diff brave-otter calm-lynx --markdown > comparison.md",
        "mlrepro diff @2 @1 --html report.html", "mlrepro diff @2 @1 --json --exit-code"},
       store_codes({{ExitCode::ok, "done; with --exit-code: no difference"},
                    {ExitCode::check_says_no, "with --exit-code: there are differences"},
                    {ExitCode::external, "Git could not be read, or there is no table engine"},
                    {ExitCode::incomparable,
                     "with --exit-code and rules: a table could not be compared"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return diff(*options, project); };
  });
}

}  // namespace mlrepro::cli
