// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/table_output.hpp"
#include "cli/table_scratch.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/analysis/query.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "posix/new_file.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

// Of a table for people; what programs read is not cut off.
constexpr std::uint64_t k_shown_rows = 100;
constexpr std::size_t k_longest_sql = 16UL * 1024 * 1024;

struct QueryCall {
  std::string sql;
  bool csv = false;
  std::string parquet;
  std::string limit;
};

std::string read_input()
{
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size < 0) {
      posix::throw_errno("read SQL from standard input");
    }
    if (size == 0) {
      return text;
    }
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > k_longest_sql) {
      throw Error(ErrorKind::usage,
                  "SQL on standard input: more than " + format::human_bytes(k_longest_sql));
    }
  }
}

void check_forms(const QueryCall& options, bool json)
{
  if ((options.csv ? 1 : 0) + (json ? 1 : 0) + (options.parquet.empty() ? 0 : 1) > 1) {
    throw Error(ErrorKind::usage, "--csv, --json and --parquet: one answer has one form",
                "use one of them");
  }
  if (!options.parquet.empty() && !options.limit.empty()) {
    throw Error(ErrorKind::usage, "--parquet and --limit: all rows are written to the file",
                "write LIMIT in the SQL");
  }
}

std::string target_of(const QueryCall& options, const Project& project)
{
  std::string path = plan::join_path(project.place().cwd, options.parquet);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    throw Error(ErrorKind::conflict, "--parquet '" + options.parquet + "' is there already",
                "name another file, or remove that one");
  }
  if (::access(plan::join_path(path, "..").c_str(), W_OK | X_OK) != 0) {
    posix::throw_errno("--parquet '" + options.parquet + "'");
  }
  return path;
}

std::optional<std::uint64_t> limit_of(const QueryCall& options, TableForm form)
{
  if (options.limit.empty()) {
    return form == TableForm::text ? std::optional(k_shown_rows) : std::nullopt;
  }
  const auto limit = static_cast<std::uint64_t>(parse_count("--limit", options.limit));
  return limit > 0 ? std::optional(limit) : std::nullopt;
}

void write_file(analysis::Query& query, const QueryCall& options, Project& project,
                const TableScratch& scratch)
{
  const std::string target = target_of(options, project);
  const std::string complete = scratch.data() + "/answer.parquet";
  const std::uint64_t rows = query.write_parquet(complete);
  posix::publish_new_file(complete, target);
  project.reporter().note(format::counted(rows, "row") + " in '" + options.parquet + "'");
}

int query(const QueryCall& options, Project& project)
{
  const bool json = project.options().json;
  check_forms(options, json);
  if (!options.parquet.empty()) {
    (void)target_of(options, project);  // before anything takes time
  }
  const std::string sql = options.sql == "-" ? read_input() : options.sql;
  project.open_store();
  const TableScratch scratch(project);
  analysis::Query asked(table_ports(project, scratch), project.place(), scratch.limits(), sql);
  if (!options.parquet.empty()) {
    write_file(asked, options, project, scratch);
    return 0;
  }
  const TableForm form = json ? TableForm::json : options.csv ? TableForm::csv : TableForm::text;
  const auto rows = asked.rows();
  const Printed printed = print_rows(*rows, form, limit_of(options, form), project.style());
  if (printed.more) {
    project.reporter().note("there are more rows: --limit 0 shows all");
  }
  if (printed.cut) {
    project.reporter().note("long texts are cut off: --csv and --json have all of them");
  }
  return 0;
}

}  // namespace

void register_query(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<QueryCall>();
  CLI::App* command =
      app.add_subcommand("query", "Ask SQL of the tables in snapshots, and of runs and metrics");
  command->add_option("SQL", options->sql, "One statement that reads; - for standard input")
      ->required();
  command->add_flag("--csv", options->csv, "Rows of CSV");
  command->add_option("--parquet", options->parquet, "Write the rows to a new Parquet file")
      ->type_name("FILE");
  command
      ->add_option("--limit", options->limit,
                   "Print N rows at the most, 0 for all (default: 100 in a table, else all)")
      ->type_name("N");
  set_help(
      *command,
      {"snap('REF') is the table of a snapshot: snap('sales-2021'), snap('RUN:data/sales.csv'), "
       "and "
       "snap('REF:PATH') for one of several files in it. It reads CSV, TSV, JSON lines and "
       "Parquet, "
       "also compressed (docs/tables.md).\n"
       "Tables of the record: runs (id, name, experiment, status, started_at, duration_s, …), "
       "metrics (run_id, run, metric, last, step, min, max, count), points (run_id, run, metric, "
       "step, time, value), params (run_id, run, param, value, source), tags (run_id, run, tag, "
       "value); 'DESCRIBE runs' lists the columns of one.\n"
       "The SQL is DuckDB's. It reads nothing but these tables, and changes nothing.",
       {"mlrepro query \"SELECT store, sum(sales) FROM snap('sales-2021') GROUP BY store\"",
        "mlrepro query \"FROM snap('sales-2021') JOIN snap('sales-2022') USING (id)\" --csv",
        "mlrepro query \"SELECT run, last FROM metrics WHERE metric = 'rmse' ORDER BY last\"",
        "mlrepro query \"FROM snap('@1:data/sales.csv')\" --parquet sales.parquet",
        "mlrepro query - --json < question.sql"},
       store_codes({{ExitCode::usage, "usage: the command line, the SQL or a table is wrong"},
                    {ExitCode::external, "DuckDB is not installed, or failed"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return query(*options, project); };
  });
}

}  // namespace mlrepro::cli
