// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/joined.hpp"
#include "cli/list.hpp"
#include "cli/render.hpp"
#include "cli/run_columns.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

void refuse_for(const std::string& what, const ListOptions& options)
{
  const std::vector<std::pair<std::string, bool>> given = {
      {"--filter", !options.filter.empty()},
      {"--sort", !options.sort.empty()},
      {"--ascending", options.ascending},
      {"--experiment", !options.experiment.empty()},
      {"--parent", !options.parent.empty()},
      {"--columns", !options.columns.empty()},
      {"--group", !options.group.empty()},
      {"--csv", options.csv},
      {"--watch", options.watch}};
  for (const auto& [option, is_given] : given) {
    if (is_given) {
      throw Error(ErrorKind::usage, option + ": for runs only, not for " + what,
                  "leave it out, or list runs");
    }
  }
}

int list_snapshots(const ListOptions& options, Project& project)
{
  refuse_for("snapshots", options);
  const Page page = page_of(options);
  tracking::Ports& ports = project.open_store();
  auto snapshots = ports.data.snapshots.list(
      {"", "", page.limit > 0 ? std::optional(page.offset + page.limit + 1) : std::nullopt});
  const auto next = cut(snapshots, page);
  if (project.options().json) {
    print(format::snapshots_to_json(snapshots, next));
  } else if (snapshots.empty()) {
    project.reporter().note("no snapshots");
  } else {
    print(render_snapshots(snapshots, project.style()));
    tell_more(project, next);
  }
  return 0;
}

int list_experiments(const ListOptions& options, Project& project)
{
  refuse_for("experiments", options);
  const Page page = page_of(options);
  tracking::Ports& ports = project.open_store();
  auto experiments = ports.runs.experiments();
  const auto next = cut(experiments, page);
  if (project.options().json) {
    std::vector<format::ExperimentLine> lines;
    for (const ports::Experiment& experiment : experiments) {
      lines.push_back({experiment.name, experiment.runs, experiment.last_started_at});
    }
    print(format::experiments_to_json(lines, next));
  } else if (experiments.empty()) {
    project.reporter().note("no experiments");
  } else {
    print(render_experiments(experiments, project.style()));
    tell_more(project, next);
  }
  return 0;
}

// One answer has one form.
void check_form(const ListOptions& options, bool json)
{
  const auto refuse = [](const std::string& what, const std::string& hint) {
    throw Error(ErrorKind::usage, what, hint);
  };
  if (options.csv && json) {
    refuse("--csv and --json: one answer is one of them", "use one of them");
  }
  if (options.watch && (options.csv || json)) {
    refuse(std::string("--watch and ") + (json ? "--json" : "--csv") + ": only a table is watched",
           "leave --watch out, or follow a run: show RUN --follow");
  }
  if (!options.group.empty() && (options.csv || json)) {
    refuse(std::string("--group and ") + (json ? "--json" : "--csv") + ": only a table has groups",
           "use --sort " + options.group);
  }
}

int list(const ListOptions& options, Project& project)
{
  check_form(options, project.options().json);
  if (options.what == "runs") {
    return options.watch ? watch_runs(options, project) : list_runs(options, project);
  }
  if (options.what == "snapshots") {
    return list_snapshots(options, project);
  }
  if (options.what == "experiments") {
    return list_experiments(options, project);
  }
  throw Error(ErrorKind::usage,
              "list '" + options.what + "': none of runs, snapshots and experiments",
              plan::did_you_mean(options.what, {"runs", "snapshots", "experiments"}));
}

std::string columns_help()
{
  return "Columns of --columns: " + joined(fixed_columns()) +
         ", metrics.KEY, params.KEY and tags.KEY, or just KEY, inputs.PATH, outputs.PATH and "
         "environment.NAME. Without it: the usual ones, parameters that vary, and metrics; with "
         "--csv nearly all.";
}

}  // namespace

Page page_of(const ListOptions& options)
{
  Page page;
  page.limit = static_cast<std::size_t>(parse_count("--limit", options.limit));
  if (!options.after.empty()) {
    page.offset = static_cast<std::size_t>(parse_count("--after", options.after));
  }
  return page;
}

void tell_more(Project& project, const std::optional<std::string>& next)
{
  if (next) {
    project.reporter().note("there are more: --limit 0 shows all, --after " + *next +
                            " the next ones");
  }
}

void register_list(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ListOptions>();
  CLI::App* command =
      app.add_subcommand("list", "List runs, snapshots or experiments, newest first");
  command->add_option("WHAT", options->what, "runs (default), snapshots or experiments");
  command->add_option("--filter", options->filter, "Only runs for which this holds")
      ->type_name("EXPR");
  command
      ->add_option("--sort", options->sort, "Order by a metric, parameter or column, largest first")
      ->type_name("KEY");
  command->add_flag("--ascending", options->ascending, "Smallest or oldest first");
  command->add_option("-e,--experiment", options->experiment, "Only runs of this experiment")
      ->type_name("NAME");
  command
      ->add_option("--parent", options->parent, "Only runs of this sweep, or replays of this run")
      ->type_name("REF");
  command->add_option("--limit", options->limit, "How many at the most, 0 for all (default: 50)")
      ->type_name("N");
  command
      ->add_option("--after", options->after, "Go on where an earlier list ended, at its \"next\"")
      ->type_name("TOKEN");
  command->add_option("--columns", options->columns, "Show these, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("COLUMN");
  command
      ->add_option("--group", options->group,
                   "A table for each value of this column, e.g. experiment")
      ->type_name("COLUMN");
  command->add_flag("--csv", options->csv, "Rows of CSV, with all digits");
  command->add_flag("-w,--watch", options->watch,
                    "On a terminal: draw the table again as runs start, log and end");
  set_help(*command,
           {"A filter compares metrics.KEY, params.KEY, tags.KEY, a field (status, name, id, "
            "experiment, started_at, ended_at, "
            "duration_s, exit_code, user, host, seed), code.commit, code.branch, code.dirty, "
            "level.recorded, level.proven, "
            "inputs.PATH, outputs.PATH (the beginning of a snapshot's id) or environment.NAME (the "
            "version of a package or interpreter, a variable, os, kernel, arch, cpu, threads) by "
            "=, !=, <, <=, >, >=, like, in, is null and is not "
            "null, joined by and, or, not "
            "and parentheses.\n" +
                columns_help() +
                "\n--watch goes on until Ctrl-C, which leaves the last table on the screen.",
            {"mlrepro list --sort rmse --ascending",
             "mlrepro list --filter \"metrics.rmse < 0.5 and params.model = 'gbm'\"",
             "mlrepro list --filter \"status != 'finished'\" --columns name,status,command",
             "mlrepro list --columns name,metrics.rmse,params.lr",
             "mlrepro list --parent brave-otter --sort rmse --ascending",
             "mlrepro list --filter \"environment.numpy >= '1.26' and level.proven >= 3\"",
             "mlrepro list --filter \"inputs.'data/sales.csv' = '3f9a'\" --group experiment",
             "mlrepro list --columns name,metrics.rmse,params.lr --limit 0 --csv",
             "mlrepro list --watch -e orders", "mlrepro list snapshots --json"},
            store_codes()});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return list(*options, project); };
  });
}

}  // namespace mlrepro::cli
