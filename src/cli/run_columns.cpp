// SPDX-License-Identifier: Apache-2.0
#include "cli/run_columns.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "cli/render.hpp"
#include "cli/shortened.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/plan/environment_items.hpp"

namespace mlrepro::cli {
namespace {

using model::Run;

constexpr std::size_t k_varying_columns = 4;

enum class Digits { some, all };

std::string level_text(const Run& run)
{
  const std::string recorded = std::to_string(static_cast<int>(run.recorded));
  return run.proven ? recorded + ", proven " + std::to_string(static_cast<int>(*run.proven))
                    : recorded;
}

std::string proven_text(const Run& run)
{
  return run.proven ? std::to_string(static_cast<int>(*run.proven)) : "";
}

std::string ended_text(const Run& run)
{
  return run.ended_at ? run.ended_at->to_iso8601() : "";
}

std::string seconds_text(const Run& run)
{
  return run.ended_at ? format::to_text(model::seconds_between(run.started_at, *run.ended_at)) : "";
}

std::string exit_text(const Run& run)
{
  return run.exit_code ? std::to_string(*run.exit_code) : "";
}

std::string seed_text(const Run& run)
{
  return run.seed ? std::to_string(*run.seed) : "";
}

struct Column {
  const char* name;
  std::string (*text)(const Run&);
  Align align = Align::left;
  std::string (*exact)(const Run&) = nullptr;  // where a table has only a part
};

std::string full_parent(const Run& run)
{
  return run.parent ? run.parent->str() : "";
}

const std::vector<Column>& columns_of_runs()
{
  static const std::vector<Column> k_columns = {
      {"name", [](const Run& run) { return run.name; }},
      {"id", [](const Run& run) { return run.id.str().substr(0, 8); }, Align::left,
       [](const Run& run) { return run.id.str(); }},
      {"experiment", [](const Run& run) { return run.experiment; }},
      {"status", status_text, Align::left,
       [](const Run& run) { return std::string(model::to_string(run.status)); }},
      {"started", [](const Run& run) { return minutes_text(run.started_at); }},
      {"started_at", [](const Run& run) { return run.started_at.to_iso8601(); }},
      {"ended_at", ended_text},
      {"duration", duration_text, Align::right},
      {"duration_s", seconds_text, Align::right},
      {"code", code_text},
      {"branch", [](const Run& run) { return run.code.branch; }},
      {"code.commit", [](const Run& run) { return run.code.commit.substr(0, 12); }, Align::left,
       [](const Run& run) { return run.code.commit; }},
      {"code.dirty", [](const Run& run) { return std::string(run.code.dirty ? "true" : "false"); }},
      {"level", level_text},
      {"level.recorded",
       [](const Run& run) { return std::to_string(static_cast<int>(run.recorded)); }, Align::right},
      {"level.proven", proven_text, Align::right},
      {"command", [](const Run& run) { return shell_words(run.command); }},
      {"exit_code", exit_text, Align::right},
      {"seed", seed_text, Align::right},
      {"parent", [](const Run& run) { return full_parent(run).substr(0, 8); }, Align::left,
       full_parent},
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

using Text = std::optional<std::string>;

Text metric_text(const Run& run, const std::string& key, Digits digits)
{
  const auto found = run.metrics.find(key);
  if (found == run.metrics.end()) {
    return std::nullopt;
  }
  const double value = found->second.last;
  return digits == Digits::all ? format::to_text(value) : short_number(value);
}

Text value_text(const std::string& value, Digits digits)
{
  constexpr std::size_t k_widest = 60;
  return digits == Digits::all ? value : shortened(value, k_widest);
}

Text param_text(const Run& run, const std::string& key, Digits digits)
{
  const auto found = run.params.find(key);
  return found == run.params.end() ? Text() : value_text(found->second.value, digits);
}

Text tag_text(const Run& run, const std::string& key, Digits digits)
{
  const auto found = run.tags.find(key);
  return found == run.tags.end() ? Text() : value_text(found->second, digits);
}

Text data_text(const std::vector<model::RunData>& list, const std::string& path, Digits digits)
{
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const model::RunData& data) { return data.path == path; });
  if (found == list.end() || !found->snapshot) {
    return std::nullopt;
  }
  return digits == Digits::all ? found->snapshot->hex() : short_id(found->snapshot);
}

Text input_text(const Run& run, const std::string& path, Digits digits)
{
  return data_text(run.inputs, path, digits);
}

Text output_text(const Run& run, const std::string& path, Digits digits)
{
  return data_text(run.outputs, path, digits);
}

Text environment_text(const Run& run, const std::string& name, Digits)
{
  return run.environment ? plan::environment_item(*run.environment, name) : Text();
}

struct Kind {
  std::string_view prefix;
  Text (*text)(const Run&, const std::string&, Digits);
  Align align;
};
constexpr std::array k_kinds = {Kind{"metrics.", metric_text, Align::right},
                                Kind{"params.", param_text, Align::right},
                                Kind{"tags.", tag_text, Align::left},
                                Kind{"inputs.", input_text, Align::left},
                                Kind{"outputs.", output_text, Align::left},
                                Kind{"environment.", environment_text, Align::left}};
constexpr std::size_t k_bare_kinds = 3;  // whose keys may stand alone

const Kind* find_kind(const std::string& column)
{
  const auto* found = std::find_if(k_kinds.begin(), k_kinds.end(), [&](const Kind& kind) {
    return column.starts_with(kind.prefix);
  });
  return found == k_kinds.end() ? nullptr : found;
}

// The name in quotes, as filters write it, where a doubled one stands for one.
std::optional<std::string> unquoted(const std::string& key)
{
  if (key.size() < 3 || key.front() != key.back() ||
      std::string_view("'\"`").find(key.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string within = key.substr(1, key.size() - 2);
  std::string name;
  for (std::size_t place = 0; place < within.size(); ++place) {
    name += within[place];
    if (within[place] == key.front() && within.substr(place + 1, 1) == key.substr(0, 1)) {
      ++place;
    }
  }
  return name;
}

std::string value_text(const Run& run, const std::string& column, Digits digits)
{
  if (const Kind* kind = find_kind(column)) {
    const std::string key = column.substr(kind->prefix.size());
    Text text = kind->text(run, key, digits);
    if (const auto name = text ? std::nullopt : unquoted(key)) {
      text = kind->text(run, *name, digits);
    }
    return text.value_or("");
  }
  for (std::size_t number = 0; number < k_bare_kinds; ++number) {
    if (const auto text = k_kinds[number].text(run, column, digits)) {
      return *text;
    }
  }
  return "";
}

struct Keys {
  std::map<std::string, std::set<std::string>> params;  // and their values
  std::set<std::string> metrics;
  std::set<std::string> tags;
};

Keys keys_of(const std::vector<Run>& runs)
{
  Keys keys;
  for (const Run& run : runs) {
    for (const auto& [key, param] : run.params) {
      keys.params[key].insert(param.value);
    }
    for (const auto& [key, summary] : run.metrics) {
      if (!model::is_resource_metric(key)) {
        keys.metrics.insert(key);
      }
    }
    for (const auto& [key, value] : run.tags) {
      keys.tags.insert(key);
    }
  }
  return keys;
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

bool is_plain_column(const std::string& column)
{
  return find_column(column) != nullptr || find_kind(column) != nullptr;
}

bool needs_details(const std::string& column)
{
  return column.starts_with("environment.");
}

std::vector<std::string> usual_columns(const std::vector<Run>& runs)
{
  std::vector<std::string> columns = {"name", "status", "started", "duration", "code", "level"};
  const Keys keys = keys_of(runs);
  std::size_t shown = 0;
  for (const auto& [key, seen] : keys.params) {
    const bool some_lack_it = std::any_of(runs.begin(), runs.end(), [&name = key](const Run& run) {
      return !run.params.contains(name);
    });
    if ((seen.size() > 1 || some_lack_it) && ++shown <= k_varying_columns) {
      columns.push_back("params." + key);
    }
  }
  shown = 0;
  for (const std::string& key : keys.metrics) {
    if (++shown <= k_varying_columns) {
      columns.push_back("metrics." + key);
    }
  }
  return columns;
}

std::vector<std::string> all_columns(const std::vector<Run>& runs)
{
  std::vector<std::string> columns = {"id",         "name",           "experiment",  "status",
                                      "started_at", "duration_s",     "exit_code",   "code.commit",
                                      "code.dirty", "level.recorded", "level.proven"};
  const Keys keys = keys_of(runs);
  for (const auto& [key, seen] : keys.params) {
    columns.push_back("params." + key);
  }
  for (const std::string& key : keys.metrics) {
    columns.push_back("metrics." + key);
  }
  for (const std::string& key : keys.tags) {
    columns.push_back("tags." + key);
  }
  return columns;
}

std::string column_heading(const std::string& column)
{
  if (find_column(column) == nullptr) {
    if (const Kind* kind = find_kind(column)) {
      return column.substr(kind->prefix.size());
    }
  }
  return column == "started" ? "started (UTC)" : column;
}

Align column_align(const std::string& column)
{
  if (const Column* fixed = find_column(column)) {
    return fixed->align;
  }
  const Kind* kind = find_kind(column);
  return kind != nullptr ? kind->align : Align::right;
}

Cell column_cell(const Run& run, const std::string& column)
{
  const Column* fixed = find_column(column);
  if (fixed == nullptr) {
    return value_text(run, column, Digits::some);
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

std::string exact_column_text(const Run& run, const std::string& column)
{
  const Column* fixed = find_column(column);
  if (fixed == nullptr) {
    return value_text(run, column, Digits::all);
  }
  return fixed->exact != nullptr ? fixed->exact(run) : fixed->text(run);
}

}  // namespace mlrepro::cli
