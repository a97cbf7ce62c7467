// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "cli/commands.hpp"
#include "cli/list.hpp"
#include "cli/render.hpp"
#include "cli/run_columns.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/filter.hpp"
#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

// How many of the newest runs are searched for the names of metrics, parameters and tags.
constexpr std::size_t k_searched_runs = 1000;

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

// What a run has by another name than that of a metric, parameter or tag.
bool names_no_key(const std::string& column)
{
  return column.starts_with("inputs.") || column.starts_with("outputs.") ||
         column.starts_with("environment.");
}

// "params.lr" and "lr" are both known where a run has that parameter.
std::vector<std::string> columns_of(const Keys& keys)
{
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
  std::erase_if(fields, [](const plan::FilterField& field) {
    using Kind = plan::FilterField::Kind;
    return field.kind != Kind::metric && field.kind != Kind::param && field.kind != Kind::tag;
  });
  if (fields.empty()) {
    return "";
  }
  const auto runs = newest_runs(ports);
  if (runs.empty()) {
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

}  // namespace

void check_columns(const tracking::Ports& ports, const std::vector<std::string>& columns,
                   const std::vector<model::Run>& shown)
{
  const auto is_among = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto known = columns_of(Keys(shown));
  std::vector<std::string> searched;
  for (const std::string& column : columns) {
    if (is_among(known, column) || names_no_key(column)) {
      continue;
    }
    searched = searched.empty() ? columns_of(Keys(newest_runs(ports))) : searched;
    if (!is_among(searched, column)) {
      throw Error(ErrorKind::usage,
                  "column '" + column + "': no run has such a metric, parameter, tag or field",
                  suggest_among(column, searched));
    }
  }
}

RunPage load_page(const tracking::Ports& ports, const tracking::Place& place,
                  const ListOptions& options, const Page& page)
{
  ports::RunQuery query;
  query.filter = options.filter;
  query.sort_key = sort_key(options.sort);
  query.experiment = options.experiment;
  query.with_deleted = false;
  if (!options.parent.empty()) {
    query.parent = tracking::resolve_run(ports, place, options.parent).id;
  }
  query.order = options.ascending ? ports::Order::oldest_first : ports::Order::newest_first;
  query.offset = page.offset;
  if (page.limit > 0) {
    query.limit = page.limit + 1;  // one more tells whether there are more
  }
  if (needs_details(options.group) ||
      std::any_of(options.columns.begin(), options.columns.end(), needs_details)) {
    query.detail = ports::RunQuery::Detail::full;
  }
  RunPage found{load_runs(ports, query), std::nullopt};
  if (cut(found.runs, {0, page.limit})) {
    found.next = std::to_string(page.offset + page.limit);
  }
  return found;
}

std::string table_of(const std::vector<model::Run>& runs, const ListOptions& options, Style style)
{
  return options.group.empty() ? render_runs(runs, options.columns, style)
                               : render_grouped_runs(runs, options.group, options.columns, style);
}

int list_runs(const ListOptions& options, Project& project)
{
  const Page page = page_of(options);
  tracking::Ports& ports = project.open_store();
  auto [runs, next] = load_page(ports, project.place(), options, page);
  for (model::Run& run : runs) {
    run = tracking::with_live_events(ports, std::move(run));
  }
  check_columns(ports, options.columns, runs);
  if (!options.group.empty()) {
    check_columns(ports, {options.group}, runs);
  }
  if (runs.empty()) {
    project.reporter().note("no runs" +
                            (options.filter.empty() ? "" : why_nothing(ports, options.filter)));
  }
  if (project.options().json) {
    print(format::runs_to_json(runs, next));
    return 0;
  }
  if (options.csv) {
    print(runs_to_csv(runs, options.columns));
  } else if (!runs.empty()) {
    print(table_of(runs, options, project.style()));
  }
  tell_more(project, next);
  return 0;
}

}  // namespace mlrepro::cli
