// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/help.hpp"
#include "cli/html_report.hpp"
#include "cli/render.hpp"
#include "cli/show_metric.hpp"
#include "cli/table_profiles.hpp"
#include "mlrepro/analysis/table_reference.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/profile_document.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/follow_output.hpp"
#include "mlrepro/tracking/sweep_runs.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct ShowOptions {
  std::string reference;
  MetricChoice metrics;
  bool logs = false;
  bool profile = false;
  bool follow = false;
  std::string sort;
  bool ascending = false;
  HtmlOptions html;
};

// Each stream goes where it came from, in the order in which the pieces were written.
int show_logs(tracking::Ports& ports, Project& project, const model::Run& run)
{
  std::array<std::string, 2> kept;
  const bool json = project.options().json;
  tracking::OutputFollower output(ports, run.id, [&](const tracking::OutputPiece& piece) {
    if (json) {
      kept[piece.stream == 1 ? 0 : 1] += piece.bytes;
      return true;
    }
    std::FILE* stream = piece.stream == 1 ? stdout : stderr;
    return std::fwrite(piece.bytes.data(), 1, piece.bytes.size(), stream) == piece.bytes.size() &&
           std::fflush(stream) == 0;
  });
  (void)output.read_live();
  // A run that was running when it was looked up may have been sealed since.
  const auto now = run.status == model::RunStatus::running ? ports::find_run(ports.runs, run.id)
                                                           : std::optional(run);
  const model::RunLogs logs = now ? now->logs : model::RunLogs();
  const bool complete = output.finish(logs);
  if (json) {
    print(format::logs_to_json(run.id, kept[0], kept[1]));
  } else if (!output.has_log() && now && now->status != model::RunStatus::running) {
    project.reporter().note("the output of run " + run.name + " was not kept (run --no-capture)");
  }
  if (!complete) {
    throw Error(ErrorKind::io, "write the answer: " + std::string(std::strerror(errno)));
  }
  return 0;
}

std::vector<std::string> user_names(const tracking::Ports& ports, const model::Snapshot& snapshot)
{
  std::vector<std::string> names;
  for (const model::RunId& id : ports.data.snapshots.users(snapshot.id)) {
    const auto run = ports::find_run(ports.runs, id);
    names.push_back(id.str().substr(0, 8) + (run ? "  " + run->name : ""));
  }
  return names;
}

// Of a sweep, its runs as a table; of another run, nothing.
std::string sweep_text(const tracking::Ports& ports, Project& project, const model::Run& run,
                       const ShowOptions& options)
{
  if (!run.sweep) {
    return "";
  }
  const ports::Order order =
      options.ascending ? ports::Order::oldest_first : ports::Order::newest_first;
  return "\n" + render_sweep(run, tracking::sweep_runs(ports, run, {options.sort, order}),
                             options.sort, project.style());
}

void check(const ShowOptions& options, bool json)
{
  if (options.ascending && options.sort.empty()) {
    throw Error(ErrorKind::usage, "--ascending: only with --sort", "say by what: --sort KEY");
  }
  if (options.logs && !options.metrics.names.empty()) {
    throw Error(ErrorKind::usage, "--logs and --metric: one answer shows one of them",
                "use one of them");
  }
  if (options.metrics.csv && options.metrics.names.empty()) {
    throw Error(ErrorKind::usage, "--csv: only of metrics",
                "say which: show RUN --metric NAME --csv");
  }
  if (options.metrics.csv && json) {
    throw Error(ErrorKind::usage, "--csv and --json: one answer is one of them", "use one of them");
  }
  if (options.html.wanted() && (options.logs || options.follow || !options.metrics.names.empty())) {
    throw Error(ErrorKind::usage, "--html: the page has output and metrics as it is",
                "leave out --logs, --follow and --metric");
  }
}

void refuse_what_only_runs_have(const ShowOptions& options)
{
  if (options.logs || !options.metrics.names.empty() || options.follow) {
    throw Error(ErrorKind::usage,
                "reference '" + options.reference + "': only a run has logs and metrics");
  }
}

struct SnapshotAnswer {
  model::Snapshot snapshot;
  std::vector<model::TableProfile> taken;  // the profiles that were asked for
};

int answer_snapshot(tracking::Ports& ports, Project& project, const SnapshotAnswer& answer,
                    const ShowOptions& options)
{
  const model::Snapshot& snapshot = answer.snapshot;
  const bool known = !options.profile && snapshot.stored == model::Stored::content;
  const StoredContent content{snapshot.root, snapshot.id, snapshot.path};
  if (options.html.wanted()) {
    write_html({snapshot, options.reference},
               known ? profiles_for_page(project, content)
                     : analysis::ProfiledData{"snapshot", snapshot.path, {answer.taken, 0}},
               options.html, project);
  }
  if (options.html.instead_of_answer()) {
    return 0;
  }
  if (project.options().json) {
    print(format::to_json(snapshot, known ? known_profiles(project, content) : answer.taken));
    return 0;
  }
  print(render_snapshot(snapshot, user_names(ports, snapshot)) +
        profiles_text(answer.taken, project.style()));
  return 0;
}

// REF:PATH names one table below what is recorded.
int show_table(tracking::Ports& ports, Project& project, const analysis::NamedTable& table,
               const ShowOptions& options)
{
  refuse_what_only_runs_have(options);
  const analysis::NamedTable::Stored& stored = *table.stored;
  SnapshotAnswer answer;
  answer.snapshot = ports.data.snapshots.list({stored.snapshot.hex(), "", 1}).front();
  ProfilingSession session(project);
  answer.taken.push_back(session.profiler.profile(stored.root, stored.snapshot, stored.table));
  return answer_snapshot(ports, project, answer, options);
}

int show_snapshot(tracking::Ports& ports, Project& project, const tracking::Target& target,
                  const ShowOptions& options)
{
  refuse_what_only_runs_have(options);
  SnapshotAnswer answer;
  model::Snapshot& snapshot = answer.snapshot;
  if (target.snapshot) {
    snapshot = *target.snapshot;
  } else {
    const auto content = tracking::resolve_content(ports, project.place(), options.reference);
    snapshot = ports.data.snapshots.list({content.id.hex(), "", 1}).front();
    snapshot.path = content.path;
  }
  if (options.profile && snapshot.stored != model::Stored::content) {
    throw Error(ErrorKind::usage,
                "--profile: of '" + options.reference + "' only the identity is recorded",
                "take its snapshot without --no-store");
  }
  if (options.profile) {
    answer.taken =
        profile_content(project, {snapshot.root, snapshot.id, snapshot.path}, Unreadable::fail);
  }
  return answer_snapshot(ports, project, answer, options);
}

// With --profile, what no run, snapshot or data is called may be a table in one.
std::optional<analysis::NamedTable> table_below(const tracking::Ports& ports,
                                                const tracking::Place& place,
                                                const std::string& reference)
{
  auto table = analysis::find_table(ports, place, reference);
  return table.stored ? std::optional(std::move(table)) : std::nullopt;
}

int show_run(tracking::Ports& ports, Project& project, const model::Run& run,
             const ShowOptions& options)
{
  const bool wants_metrics = !options.metrics.names.empty();
  if (options.profile && !options.html.wanted()) {
    throw Error(ErrorKind::usage, "--profile: run " + run.name + " is no table",
                "name one of its inputs or outputs: RUN:PATH, or write a page: --html FILE");
  }
  if (options.follow) {
    return wants_metrics ? follow_metrics(ports, project, run, options.metrics)
                         : follow_output(ports, project, run);
  }
  if (options.logs) {
    return show_logs(ports, project, run);
  }
  if (wants_metrics) {
    return show_metrics(ports, project, run, options.metrics);
  }
  if (!options.sort.empty() && !run.sweep) {
    throw Error(ErrorKind::usage, "--sort: run " + run.name + " is no sweep",
                "sort runs with 'mlrepro list --sort'");
  }
  if (options.html.wanted()) {
    write_html(run,
               profiles_for_page(project, run, options.profile ? Profiles::all : Profiles::known),
               options.html, project);
  }
  if (options.html.instead_of_answer()) {
    return 0;
  }
  print(project.options().json
            ? format::to_json(run)
            : render_run(run, project.style()) + sweep_text(ports, project, run, options));
  return 0;
}

int show(const ShowOptions& options, Project& project)
{
  check(options, project.options().json);
  check_html(options.html, project);
  tracking::Ports& ports = project.open_store();
  tracking::Target target;
  try {
    target = tracking::resolve(ports, project.place(), options.reference);
  } catch (const Error& error) {
    const auto table = options.profile && error.kind() == ErrorKind::not_found
                           ? table_below(ports, project.place(), options.reference)
                           : std::nullopt;
    if (!table) {
      throw;
    }
    return show_table(ports, project, *table, options);
  }
  return target.run && !target.data ? show_run(ports, project, *target.run, options)
                                    : show_snapshot(ports, project, target, options);
}

constexpr const char* k_help =
    "Of a sweep, it also shows its runs: the last attempt of each, with what varies and "
    "the metrics. Of a run that still runs, it shows what has been logged, printed and "
    "written to its -m files so far. A plot has the width of the terminal; where many "
    "points share a column, the least and the greatest are drawn. --csv and --json have "
    "every point, in the order in which they were logged.\n"
    "--follow passes output on as the command writes it; with --metric it redraws the plot "
    "on a terminal, and elsewhere has a line a point (--csv: a row). It ends with the run, "
    "and Ctrl-C ends it without touching the run. With --json it has one object a line: "
    "of output {stream,time,text}, of metrics {metric,step,time,value,source,line}, and "
    "last the run itself.";

}  // namespace

void register_show(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command = app.add_subcommand("show", "Everything about one run or snapshot");
  command->add_option("REF", options->reference, "A run, a snapshot, RUN:PATH or a pointer file")
      ->required();
  command->add_flag("--logs", options->logs,
                    "Print what the run printed, stdout to stdout and stderr to stderr");
  command->add_flag("--profile", options->profile,
                    "Of a snapshot or RUN:PATH: what its tables look like; with --html also of all "
                    "data of a run");
  command
      ->add_option("--metric", options->metrics.names,
                   "Plot a metric over its steps; several times, or a pattern such as 'val/*', for "
                   "several")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_flag("--csv", options->metrics.csv,
                    "With --metric: every point, as lines of metric, step, time and value");
  command->add_flag("-f,--follow", options->follow,
                    "Go along with a run that still runs, until it ends: its output, or with "
                    "--metric its points");
  command
      ->add_option("--sort", options->sort,
                   "Of a sweep: its runs by this metric or parameter, largest first")
      ->type_name("KEY");
  command->add_flag("--ascending", options->ascending, "With --sort: smallest first");
  add_html_options(*command, options->html);
  set_help(*command,
           {k_help,
            {"mlrepro show @1", "mlrepro show brave-otter --logs", "mlrepro show @1 --follow",
             "mlrepro show @1 --metric loss", "mlrepro show @1 --metric loss --follow",
             "mlrepro show @1 --metric loss --metric 'val/*' --csv",
             "mlrepro show brave-otter --sort rmse --ascending", "mlrepro show @1:data",
             "mlrepro show data.snap --profile", "mlrepro show @1:data/sales.csv --profile",
             "mlrepro show data.snap --profile --html data.html",
             "mlrepro show brave-otter --html run.html"},
            store_codes({{ExitCode::external, "--profile: there is no table engine"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return show(*options, project); };
  });
}

}  // namespace mlrepro::cli
