// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::size_t k_default_limit = 50;

struct ListOptions {
  std::string what = "runs";
  std::string filter;
  std::string sort;
  std::string experiment;
  std::string after;
  std::vector<std::string> columns;
  std::size_t limit = k_default_limit;
  bool ascending = false;
};

int list_runs(const ListOptions& options, Project& project)
{
  tracking::Ports& ports = project.open_store();
  ports::RunQuery query;
  query.filter = options.filter;
  query.sort_key = options.sort;
  query.experiment = options.experiment;
  query.order = options.ascending ? ports::Order::oldest_first : ports::Order::newest_first;
  if (!options.after.empty()) {
    const auto offset = format::parse_integer(options.after);
    if (!offset || *offset < 0) {
      throw Error(ErrorKind::usage,
                  "--after '" + options.after + "': not a token of an earlier list");
    }
    query.offset = static_cast<std::size_t>(*offset);
  }
  if (options.limit > 0) {
    query.limit = options.limit + 1;  // one more tells whether there are more
  }
  auto runs = ports.runs.list(query);
  std::optional<std::string> next;
  if (options.limit > 0 && runs.size() > options.limit) {
    runs.resize(options.limit);
    next = std::to_string(query.offset + options.limit);
  }
  for (model::Run& run : runs) {
    run = tracking::with_live_events(ports, std::move(run));
  }
  if (project.options().json) {
    print(format::runs_to_json(runs, next));
    return 0;
  }
  if (runs.empty()) {
    project.reporter().note("no runs");
    return 0;
  }
  print(render_runs(runs, options.columns, Style::plain));
  if (next) {
    project.reporter().note("there are more: --limit 0 shows all, --after " + *next +
                            " the next ones");
  }
  return 0;
}

int list_snapshots(const ListOptions& options, Project& project)
{
  tracking::Ports& ports = project.open_store();
  const auto limit = options.limit > 0 ? std::optional(options.limit) : std::nullopt;
  const auto snapshots = ports.data.snapshots.list({"", "", limit});
  print(project.options().json ? format::snapshots_to_json(snapshots)
                               : render_snapshots(snapshots));
  return 0;
}

int list_experiments(Project& project)
{
  tracking::Ports& ports = project.open_store();
  const auto experiments = ports.runs.experiments();
  if (!project.options().json) {
    print(render_experiments(experiments));
    return 0;
  }
  std::vector<format::ExperimentLine> lines;
  for (const ports::Experiment& experiment : experiments) {
    lines.push_back({experiment.name, experiment.runs, experiment.last_started_at});
  }
  print(format::experiments_to_json(lines));
  return 0;
}

int list(const ListOptions& options, Project& project)
{
  if (options.what == "runs") {
    return list_runs(options, project);
  }
  if (options.what == "snapshots") {
    return list_snapshots(options, project);
  }
  if (options.what == "experiments") {
    return list_experiments(project);
  }
  throw Error(ErrorKind::usage,
              "list '" + options.what + "': none of runs, snapshots and experiments",
              plan::did_you_mean(options.what, {"runs", "snapshots", "experiments"}));
}

}  // namespace

void register_list(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ListOptions>();
  CLI::App* command =
      app.add_subcommand("list", "List runs, snapshots or experiments, newest first");
  command->add_option("what", options->what, "runs (default), snapshots or experiments");
  command->add_option("--filter", options->filter, "Only runs for which this holds")
      ->type_name("EXPR");
  command
      ->add_option("--sort", options->sort,
                   "Order by a metric, parameter or attribute, largest first")
      ->type_name("KEY");
  command->add_flag("--ascending", options->ascending, "Smallest or oldest first");
  command->add_option("-e,--experiment", options->experiment, "Only runs of this experiment");
  command->add_option("--limit", options->limit, "How many at the most, 0 for all (default 50)")
      ->type_name("N");
  command->add_option("--after", options->after, "Go on where an earlier list ended")
      ->type_name("TOKEN");
  command
      ->add_option("--columns", options->columns,
                   "name,id,status,started,duration,code,level,metrics.X,params.X,tags.X")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->footer(help_footer(
      {"mlrepro list --sort rmse --ascending",
       "mlrepro list --filter \"metrics.rmse < 0.5 and params.model = 'gbm'\"",
       "mlrepro list --columns name,metrics.rmse,params.lr", "mlrepro list snapshots --json"}));
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return list(*options, project); };
  });
}

}  // namespace mlrepro::cli
