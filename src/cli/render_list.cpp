// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>
#include <utility>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using model::Run;

constexpr std::size_t k_varying_columns = 4;

std::string minutes_text(model::Timestamp time)
{
  std::string text = time.to_iso8601().substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string level_text(const Run& run)
{
  const std::string recorded = std::to_string(static_cast<int>(run.recorded));
  return run.proven ? recorded + ", proven " + std::to_string(static_cast<int>(*run.proven))
                    : recorded;
}

std::string ended_text(const Run& run)
{
  return run.ended_at ? run.ended_at->to_iso8601() : "";
}

std::string seconds_text(const Run& run)
{
  return run.ended_at ? format::to_text(model::seconds_between(run.started_at, *run.ended_at)) : "";
}

std::string number_or_nothing(const std::optional<int>& number)
{
  return number ? std::to_string(*number) : "";
}

struct Column {
  const char* name;
  std::string (*text)(const Run&);
  Align align = Align::left;
};

const std::vector<Column>& columns_of_runs()
{
  static const std::vector<Column> k_columns = {
      {"name", [](const Run& run) { return run.name; }},
      {"id", [](const Run& run) { return run.id.str().substr(0, 8); }},
      {"experiment", [](const Run& run) { return run.experiment; }},
      {"status", status_text},
      {"started", [](const Run& run) { return minutes_text(run.started_at); }},
      {"started_at", [](const Run& run) { return run.started_at.to_iso8601(); }},
      {"ended_at", ended_text},
      {"duration", duration_text, Align::right},
      {"duration_s", seconds_text, Align::right},
      {"code", code_text},
      {"branch", [](const Run& run) { return run.code.branch; }},
      {"level", level_text},
      {"command", [](const Run& run) { return shell_words(run.command); }},
      {"exit_code", [](const Run& run) { return number_or_nothing(run.exit_code); }, Align::right},
      {"seed", [](const Run& run) { return run.seed ? std::to_string(*run.seed) : ""; },
       Align::right},
      {"parent", [](const Run& run) { return run.parent ? run.parent->str().substr(0, 8) : ""; }},
      {"user", [](const Run& run) { return run.user; }},
      {"host", [](const Run& run) { return run.host; }},
      {"note", [](const Run& run) { return run.note; }}};
  return k_columns;
}

const Column* find_column(const std::string& name)
{
  const auto& columns = columns_of_runs();
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& item) { return name == item.name; });
  return found == columns.end() ? nullptr : &*found;
}

std::optional<std::string> metric_text(const Run& run, const std::string& key)
{
  const auto found = run.metrics.find(key);
  return found == run.metrics.end() ? std::nullopt
                                    : std::optional(short_number(found->second.last));
}

std::optional<std::string> param_text(const Run& run, const std::string& key)
{
  const auto found = run.params.find(key);
  return found == run.params.end() ? std::nullopt : std::optional(found->second.value);
}

std::optional<std::string> tag_text(const Run& run, const std::string& key)
{
  const auto found = run.tags.find(key);
  return found == run.tags.end() ? std::nullopt : std::optional(found->second);
}

std::string value_text(const Run& run, const std::string& column)
{
  using Lookup = std::optional<std::string> (*)(const Run&, const std::string&);
  const std::array<std::pair<std::string, Lookup>, 3> kinds = {
      {{"metrics.", metric_text}, {"params.", param_text}, {"tags.", tag_text}}};
  for (const auto& [prefix, lookup] : kinds) {
    if (column.starts_with(prefix)) {
      return lookup(run, column.substr(prefix.size())).value_or("");
    }
  }
  for (const auto& [prefix, lookup] : kinds) {
    if (const auto text = lookup(run, column)) {
      return *text;
    }
  }
  return "";
}

Cell cell(const Run& run, const std::string& column)
{
  const Column* fixed = find_column(column);
  if (fixed == nullptr) {
    return value_text(run, column);
  }
  Tone tone = Tone::none;
  if (column == "status") {
    tone = status_tone(run.status);
  } else if (column == "code" && run.code.dirty) {
    tone = Tone::warning;
  } else if (column == "name") {
    tone = Tone::strong;
  }
  return {fixed->text(run), tone};
}

// Without --columns: the usual ones, the parameters that vary, and a few metrics.
std::vector<std::string> default_columns(const std::vector<Run>& runs)
{
  std::vector<std::string> columns = {"name", "status", "started", "duration", "code", "level"};
  std::map<std::string, std::set<std::string>> values;
  std::set<std::string> metrics;
  for (const Run& run : runs) {
    for (const auto& [key, param] : run.params) {
      values[key].insert(param.value);
    }
    for (const auto& [key, summary] : run.metrics) {
      metrics.insert(key);
    }
  }
  std::size_t shown = 0;
  for (const auto& [key, seen] : values) {
    const bool some_lack_it = std::any_of(runs.begin(), runs.end(), [&name = key](const Run& run) {
      return !run.params.contains(name);
    });
    if ((seen.size() > 1 || some_lack_it) && ++shown <= k_varying_columns) {
      columns.push_back("params." + key);
    }
  }
  shown = 0;
  for (const std::string& key : metrics) {
    if (++shown <= k_varying_columns) {
      columns.push_back("metrics." + key);
    }
  }
  return columns;
}

std::string heading(const std::string& column)
{
  for (const std::string_view prefix : {"metrics.", "params.", "tags."}) {
    if (column.starts_with(prefix)) {
      return column.substr(prefix.size());
    }
  }
  return column == "started" ? "started (UTC)" : column;
}

}  // namespace

const std::vector<std::string>& fixed_columns()
{
  static const std::vector<std::string> k_names = [] {
    std::vector<std::string> list;
    for (const Column& column : columns_of_runs()) {
      list.emplace_back(column.name);
    }
    return list;
  }();
  return k_names;
}

std::string render_runs(const std::vector<Run>& runs, const std::vector<std::string>& columns,
                        Style style)
{
  const std::vector<std::string> shown = columns.empty() ? default_columns(runs) : columns;
  std::vector<std::string> header;
  std::vector<Align> align;
  for (const std::string& column : shown) {
    const Column* fixed = find_column(column);
    header.push_back(heading(column));
    align.push_back(fixed != nullptr              ? fixed->align
                    : column.starts_with("tags.") ? Align::left
                                                  : Align::right);
  }
  TextTable table(header, align);
  for (const Run& run : runs) {
    std::vector<Cell> row;
    for (const std::string& column : shown) {
      row.push_back(cell(run, column));
    }
    table.add(std::move(row));
  }
  return table.render(style);
}

std::string render_snapshots(const std::vector<model::Snapshot>& snapshots, Style style)
{
  TextTable table({"snapshot", "dataset", "taken (UTC)", "files", "size", "stored", "new"},
                  {Align::left, Align::left, Align::left, Align::right, Align::right, Align::right,
                   Align::right});
  for (const model::Snapshot& snapshot : snapshots) {
    const bool kept = snapshot.stored == model::Stored::content;
    table.add({Cell(short_id(snapshot.id), Tone::strong),
               snapshot.name.empty() ? snapshot.path : snapshot.name,
               minutes_text(snapshot.created_at), std::to_string(snapshot.root.files),
               format::human_bytes(snapshot.root.size),
               snapshot.forgotten ? "forgotten"
               : kept             ? format::human_bytes(snapshot.stored_bytes)
                                  : "identity",
               kept ? format::human_bytes(snapshot.new_bytes) : ""});
  }
  return table.render(style);
}

std::string render_experiments(const std::vector<ports::Experiment>& experiments, Style style)
{
  TextTable table({"experiment", "runs", "last started (UTC)"},
                  {Align::left, Align::right, Align::left});
  for (const ports::Experiment& experiment : experiments) {
    table.add({Cell(experiment.name, Tone::strong), std::to_string(experiment.runs),
               experiment.last_started_at ? minutes_text(*experiment.last_started_at) : ""});
  }
  return table.render(style);
}

}  // namespace mlrepro::cli
