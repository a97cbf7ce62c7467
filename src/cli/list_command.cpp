// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/filter.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

// How many of the newest runs are searched for the names of metrics, parameters and tags.
constexpr std::size_t k_searched_runs = 1000;

struct ListOptions {
  std::string what = "runs";
  std::string filter;
  std::string sort;
  std::string experiment;
  std::string parent;
  std::string after;
  std::vector<std::string> columns;
  std::string limit = "50";
  bool ascending = false;
};

struct Page {
  std::size_t offset = 0;
  std::size_t limit = 0;  // 0: all
};

Page page_of(const ListOptions& options)
{
  Page page;
  page.limit = static_cast<std::size_t>(parse_count("--limit", options.limit));
  if (!options.after.empty()) {
    page.offset = static_cast<std::size_t>(parse_count("--after", options.after));
  }
  return page;
}

// Cuts a list that was read from its first item on, and says where the next page begins.
template <typename Item>
std::optional<std::string> cut(std::vector<Item>& items, const Page& page)
{
  items.erase(items.begin(),
              items.begin() + static_cast<std::ptrdiff_t>(std::min(page.offset, items.size())));
  if (page.limit == 0 || items.size() <= page.limit) {
    return std::nullopt;
  }
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(page.limit), items.end());
  return std::to_string(page.offset + page.limit);
}

void tell_more(Project& project, const std::optional<std::string>& next)
{
  if (next) {
    project.reporter().note("there are more: --limit 0 shows all, --after " + *next +
                            " the next ones");
  }
}

// What stands in the metrics, parameters and tags of the runs, each name once.
struct Keys {
  std::set<std::string> metrics;
  std::set<std::string> params;
  std::set<std::string> tags;

  explicit Keys(const std::vector<model::Run>& runs)
  {
    for (const model::Run& run : runs) {
      collect(run.metrics, metrics);
      collect(run.params, params);
      collect(run.tags, tags);
    }
  }

  template <typename Map>
  static void collect(const Map& map, std::set<std::string>& keys)
  {
    for (const auto& [key, value] : map) {
      keys.insert(key);
    }
  }
};

std::vector<model::Run> newest_runs(const tracking::Ports& ports)
{
  ports::RunQuery query;
  query.limit = k_searched_runs;
  return ports.runs.list(query);
}

// "params.lr" and "lr" are both known where a run has that parameter.
void check_columns(const tracking::Ports& ports, const std::vector<std::string>& columns,
                   const std::vector<model::Run>& shown)
{
  const auto names_of = [](const Keys& keys) {
    std::vector<std::string> names = fixed_columns();
    for (const auto& [prefix, set] :
         {std::pair("metrics.", &keys.metrics), std::pair("params.", &keys.params),
          std::pair("tags.", &keys.tags)}) {
      for (const std::string& key : *set) {
        names.push_back(key);
        names.push_back(prefix + key);
      }
    }
    return names;
  };
  const auto is_among = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto known = names_of(Keys(shown));
  std::vector<std::string> searched;
  for (const std::string& column : columns) {
    if (is_among(known, column)) {
      continue;
    }
    searched = searched.empty() ? names_of(Keys(newest_runs(ports))) : searched;
    if (!is_among(searched, column)) {
      throw Error(ErrorKind::usage,
                  "column '" + column + "': no run has such a metric, parameter, tag or field",
                  suggest_among(column, searched));
    }
  }
}

void collect_fields(const plan::Filter& filter, std::vector<plan::FilterField>& fields)
{
  if (filter.kind == plan::Filter::Kind::comparison) {
    fields.push_back(filter.field);
  }
  for (const plan::Filter& child : filter.children) {
    collect_fields(child, fields);
  }
}

// A filter that finds nothing may only be misspelt: it names what no run has.
std::string why_nothing(const tracking::Ports& ports, const std::string& filter)
{
  std::vector<plan::FilterField> fields;
  collect_fields(plan::parse_filter(filter), fields);
  const auto runs = newest_runs(ports);
  if (fields.empty() || runs.empty()) {
    return "";
  }
  const Keys keys(runs);
  using Kind = plan::FilterField::Kind;
  for (const plan::FilterField& field : fields) {
    const std::set<std::string>* known = field.kind == Kind::metric  ? &keys.metrics
                                         : field.kind == Kind::param ? &keys.params
                                         : field.kind == Kind::tag   ? &keys.tags
                                                                     : nullptr;
    if (known != nullptr && !known->contains(field.key)) {
      const char* what = field.kind == Kind::metric  ? "metric"
                         : field.kind == Kind::param ? "parameter"
                                                     : "tag";
      const std::string hint = suggest_among(field.key, {known->begin(), known->end()});
      return std::string(": no run has a ") + what + " '" + field.key + "'" +
             (hint.empty() ? "" : "; " + hint);
    }
  }
  return "";
}

// The headings of the table, as the store calls them.
std::string sort_key(const std::string& word)
{
  return word == "started"    ? "started_at"
         : word == "duration" ? "duration_s"
         : word == "level"    ? "level.recorded"
         : word == "branch"   ? "code.branch"
                              : word;
}

// The store names the nearest key; where none is near, what there is to sort by.
std::vector<model::Run> load_runs(const tracking::Ports& ports, const ports::RunQuery& query)
{
  try {
    return ports.runs.list(query);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage || !error.hint().empty() || query.sort_key.empty()) {
      throw;
    }
    const Keys keys(newest_runs(ports));
    std::vector<std::string> names(keys.metrics.begin(), keys.metrics.end());
    names.insert(names.end(), keys.params.begin(), keys.params.end());
    const auto& fields = plan::filter_attributes();
    names.insert(names.end(), fields.begin(), fields.end());
    throw Error(error.kind(), error.message(), suggest_among(query.sort_key, names));
  }
}

int list_runs(const ListOptions& options, Project& project)
{
  const Page page = page_of(options);
  tracking::Ports& ports = project.open_store();
  ports::RunQuery query;
  query.filter = options.filter;
  query.sort_key = sort_key(options.sort);
  query.experiment = options.experiment;
  if (!options.parent.empty()) {
    query.parent = tracking::resolve_run(ports, project.place(), options.parent).id;
  }
  query.order = options.ascending ? ports::Order::oldest_first : ports::Order::newest_first;
  query.offset = page.offset;
  if (page.limit > 0) {
    query.limit = page.limit + 1;  // one more tells whether there are more
  }
  auto runs = load_runs(ports, query);
  auto next = cut(runs, {0, page.limit});
  if (next) {
    next = std::to_string(page.offset + page.limit);
  }
  for (model::Run& run : runs) {
    run = tracking::with_live_events(ports, std::move(run));
  }
  check_columns(ports, options.columns, runs);
  if (runs.empty()) {
    project.reporter().note("no runs" +
                            (options.filter.empty() ? "" : why_nothing(ports, options.filter)));
  }
  if (project.options().json) {
    print(format::runs_to_json(runs, next));
  } else if (!runs.empty()) {
    print(render_runs(runs, options.columns, project.style()));
    tell_more(project, next);
  }
  return 0;
}

void refuse_for(const std::string& what, const ListOptions& options)
{
  const std::vector<std::pair<std::string, bool>> given = {
      {"--filter", !options.filter.empty()}, {"--sort", !options.sort.empty()},
      {"--ascending", options.ascending},    {"--experiment", !options.experiment.empty()},
      {"--parent", !options.parent.empty()}, {"--columns", !options.columns.empty()}};
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

int list(const ListOptions& options, Project& project)
{
  if (options.what == "runs") {
    return list_runs(options, project);
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
  std::string text;
  for (const std::string& name : fixed_columns()) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return "Columns of --columns: " + text +
         ", and metrics.KEY, params.KEY and tags.KEY, or just KEY. Without it: the usual ones, "
         "parameters that vary, and "
         "metrics.";
}

}  // namespace

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
  set_help(*command,
           {"A filter compares metrics.KEY, params.KEY, tags.KEY, a field (status, name, "
            "experiment, started_at, ended_at, "
            "duration_s, exit_code, user, host, seed), code.commit, code.branch, code.dirty, "
            "level.recorded, level.proven, "
            "inputs.PATH or outputs.PATH by =, !=, <, <=, >, >=, like, in, is null and is not "
            "null, joined by and, or, not "
            "and parentheses.\n" +
                columns_help(),
            {"mlrepro list --sort rmse --ascending",
             "mlrepro list --filter \"metrics.rmse < 0.5 and params.model = 'gbm'\"",
             "mlrepro list --filter \"status != 'finished'\" --columns name,status,command",
             "mlrepro list --columns name,metrics.rmse,params.lr",
             "mlrepro list --parent brave-otter --sort rmse --ascending",
             "mlrepro list snapshots --json"},
            store_codes()});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return list(*options, project); };
  });
}

}  // namespace mlrepro::cli
