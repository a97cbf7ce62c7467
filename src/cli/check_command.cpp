// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/drift_rules.hpp"
#include "cli/help.hpp"
#include "cli/open_source.hpp"
#include "cli/render_check.hpp"
#include "cli/table_scratch.hpp"
#include "cli/terminal.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/analysis/check_source.hpp"
#include "mlrepro/format/check_document.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/source_address.hpp"

namespace mlrepro::cli {
namespace {

using Verdict = model::SourceCheck::Verdict;

struct CheckOptions {
  std::string reference;
  std::string from;
  std::vector<std::string> key;
  std::string limit = "10";
  std::string thresholds;
};

model::SourceCheck check_one(const CheckOptions& options, const model::Snapshot& snapshot,
                             Project& project)
{
  const TableScratch source(project);
  const TableScratch rows(project);
  const TableScratch tables(project);
  analysis::CheckRequest request;
  request.rules = drift_rules(options.thresholds, project);
  request.key = options.key;
  request.limit = static_cast<std::uint64_t>(parse_count("--limit", options.limit));
  const SourceWord word = options.from.empty() ? source_of_record(project, snapshot)
                                               : source_of_option(project, options.from);
  if (!options.from.empty()) {
    (void)plan::parse_source_address(word.address, word.label);
  } else if (snapshot.result && snapshot.result->given_as != word.given_as) {
    project.reporter().note("the variable of '" + snapshot.result->given_as +
                            "' is not set: asking at the recorded address");
  }
  return analysis::check_source(
      {project.open_store(), project.table_engine(), rows.limits(), {rows.data(), tables.data()}},
      snapshot, [&] { return open_source(project, word, source); }, request);
}

// A source that does not answer outweighs one that answers otherwise.
ExitCode code_of(const std::vector<model::SourceCheck>& checks)
{
  ExitCode code = ExitCode::ok;
  for (const model::SourceCheck& check : checks) {
    if (check.verdict == Verdict::unreachable || check.verdict == Verdict::refused) {
      return ExitCode::external;
    }
    code = check.verdict == Verdict::differs ? ExitCode::check_says_no : code;
  }
  return code;
}

int check(const CheckOptions& options, Project& project)
{
  tracking::Ports& ports = project.open_store();
  std::vector<model::SourceCheck> checks;
  for (const model::Snapshot& snapshot :
       analysis::query_snapshots_of(ports, project.place(), options.reference)) {
    checks.push_back(check_one(options, snapshot, project));
  }
  if (project.options().json) {
    print(format::checks_to_json(options.reference, checks));
  } else {
    std::string text;
    for (const model::SourceCheck& item : checks) {
      text += (text.empty() ? "" : "\n") +
              render_check(item, writes_utf8() ? Bars::blocks : Bars::ascii, project.style());
    }
    print(text);
  }
  return static_cast<int>(code_of(checks));
}

}  // namespace

void register_check(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = app.add_subcommand(
      "check", "Say whether the source of a query snapshot still returns the same");
  command->add_option("REF", options->reference, "A snapshot of a query, or a run that used some")
      ->required();
  command
      ->add_option("--from", options->from,
                   "Ask here instead of at the recorded address; also env:NAME")
      ->type_name("SOURCE");
  command->add_option("--key", options->key, "Columns that identify a row, separated by commas")
      ->allow_extra_args(false)
      ->type_name("COLUMN");
  command
      ->add_option("--limit", options->limit, "How many rows of each kind are listed (default: 10)")
      ->type_name("N");
  add_thresholds_option(*command, options->thresholds, "");
  set_help(
      *command,
      {"Asks the recorded query again and compares: the columns, the rows, and where they "
       "differ the distribution of each column. Rows are compared as a whole, in whatever "
       "order, or by --key. Where [[drift]] rules are for NAME.parquet, other rows pass as "
       "long as no limit is exceeded (docs/query-snapshots.md). The address on record holds "
       "no credentials: they come from the "
       "variable that was named when the snapshot was taken, from --from, or from what the "
       "database's library reads (PGPASSFILE, PGSERVICE, odbc.ini). Nothing is recorded.",
       {"mlrepro check sales-2021", "mlrepro check sales-2021 --key store,week,brand",
        "mlrepro check sales-2021 --thresholds drift.toml",
        "mlrepro check @1 --from env:WAREHOUSE --json"},
       store_codes(
           {{ExitCode::ok, "the query still returns the same rows, or rows within the rules"},
            {ExitCode::check_says_no, "it returns other rows, or other columns"},
            {ExitCode::external, "the source can't be reached, or no longer answers the query"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return check(*options, project); };
  });
}

}  // namespace mlrepro::cli
