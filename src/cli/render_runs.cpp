// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::cli {
namespace {

using model::Run;

constexpr std::size_t k_metric_columns = 4;
constexpr std::size_t k_shown_packages = 12;
constexpr std::size_t k_shown_changes = 20;

// Six digits are what a table has room for; `show --json` has them all.
std::string short_number(double value)
{
  if (!std::isfinite(value)) {
    return format::to_text(value);
  }
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string duration_of(const Run& run)
{
  return run.ended_at
             ? format::human_duration(model::seconds_between(run.started_at, *run.ended_at))
             : "";
}

std::string code_of(const Run& run)
{
  if (run.code.commit.empty()) {
    return run.code.in_git ? "(no commit)" : "-";
  }
  return run.code.commit.substr(0, 7) + (run.code.dirty ? "+dirty" : "");
}

std::string status_of(const Run& run)
{
  std::string text(model::to_string(run.status));
  if (run.signal) {
    text += " (signal " + std::to_string(*run.signal) + ")";
  } else if (run.exit_code && *run.exit_code != 0) {
    text += " (" + std::to_string(*run.exit_code) + ")";
  }
  return text;
}

std::string level_of(const Run& run)
{
  const std::string proven = run.proven ? std::to_string(static_cast<int>(*run.proven)) : "-";
  return std::to_string(static_cast<int>(run.recorded)) + "/" + proven;
}

std::string started_of(const Run& run)
{
  std::string text = run.started_at.to_iso8601().substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string metric_text(const Run& run, const std::string& key)
{
  const auto found = run.metrics.find(key);
  return found == run.metrics.end() ? "" : short_number(found->second.last);
}

std::string param_text(const Run& run, const std::string& key)
{
  const auto found = run.params.find(key);
  return found == run.params.end() ? "" : found->second.value;
}

std::string cell(const Run& run, const std::string& column)
{
  if (column == "name") {
    return run.name;
  }
  if (column == "id") {
    return run.id.str().substr(0, 8);
  }
  if (column == "experiment") {
    return run.experiment;
  }
  if (column == "status") {
    return status_of(run);
  }
  if (column == "started") {
    return started_of(run);
  }
  if (column == "duration") {
    return duration_of(run);
  }
  if (column == "code") {
    return code_of(run);
  }
  if (column == "level") {
    return level_of(run);
  }
  if (column == "user") {
    return run.user;
  }
  if (column == "host") {
    return run.host;
  }
  if (column == "note") {
    return run.note;
  }
  if (column.starts_with("metrics.")) {
    return metric_text(run, column.substr(8));
  }
  if (column.starts_with("params.")) {
    return param_text(run, column.substr(7));
  }
  if (column.starts_with("tags.")) {
    const auto found = run.tags.find(column.substr(5));
    return found == run.tags.end() ? "" : found->second;
  }
  if (run.metrics.contains(column)) {
    return metric_text(run, column);
  }
  return param_text(run, column);
}

// Without --columns: the usual ones, the parameters that vary, and a few metrics.
std::vector<std::string> default_columns(const std::vector<Run>& runs)
{
  std::vector<std::string> columns = {"name", "status", "started", "duration", "code", "level"};
  std::map<std::string, std::set<std::string>> values;
  std::map<std::string, std::size_t> metrics;
  for (const Run& run : runs) {
    for (const auto& [key, param] : run.params) {
      values[key].insert(param.value);
    }
    for (const auto& [key, summary] : run.metrics) {
      ++metrics[key];
    }
  }
  std::size_t shown = 0;
  for (const auto& [key, seen] : values) {
    if (seen.size() > 1 && ++shown <= k_metric_columns) {
      columns.push_back("params." + key);
    }
  }
  shown = 0;
  for (const auto& [key, count] : metrics) {
    if (++shown <= k_metric_columns) {
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
  return column;
}

void line(std::string& out, const std::string& label, const std::string& text)
{
  if (!text.empty()) {
    out += label + std::string(label.size() < 13 ? 13 - label.size() : 1, ' ') + printable(text) +
           "\n";
  }
}

void add_code(std::string& out, const Run& run)
{
  std::string text = code_of(run);
  if (!run.code.branch.empty()) {
    text += " on " + run.code.branch;
  }
  if (!run.code.remote_url.empty()) {
    text += "  " + run.code.remote_url;
  }
  line(out, "code", text);
  for (std::size_t i = 0; i < std::min(run.code.changes.size(), k_shown_changes); ++i) {
    line(out, "", run.code.changes[i].state + "  " + run.code.changes[i].path);
  }
  if (run.code.changes.size() > k_shown_changes) {
    line(out, "", "and " + std::to_string(run.code.changes.size() - k_shown_changes) + " more");
  }
  for (const model::Omission& omission : run.code.omitted) {
    line(out, "", "not stored: " + omission.path + " (" + omission.reason + ")");
  }
}

void add_data(std::string& out, const std::string& title, const std::vector<model::RunData>& list)
{
  for (const model::RunData& data : list) {
    std::string text = data.path + "  ";
    if (!data.snapshot) {
      text += "(was not there)";
    } else {
      text += data.snapshot->hex().substr(0, 12) + "  " + std::to_string(data.files) +
              (data.files == 1 ? " file, " : " files, ") + format::human_bytes(data.bytes);
      text += data.stored ? "" : "  (identity only)";
      text += data.changed_during_run ? "  CHANGED DURING THE RUN" : "";
    }
    line(out, title, text);
  }
}

void add_metrics(std::string& out, const Run& run)
{
  if (run.metrics.empty()) {
    return;
  }
  TextTable table({"metric", "last", "step", "min", "max", "points", ""},
                  {Align::left, Align::right, Align::right, Align::right, Align::right,
                   Align::right, Align::left});
  const auto number = [](const std::optional<double>& value) {
    return value ? format::to_text(*value) : "";
  };
  for (const auto& [key, summary] : run.metrics) {
    table.add({key, format::to_text(summary.last), std::to_string(summary.step),
               number(summary.min), number(summary.max), std::to_string(summary.count),
               summary.added_later ? "(added later)" : ""});
  }
  out += "\n" + table.render(Style::plain);
}

void add_params(std::string& out, const Run& run)
{
  if (run.params.empty()) {
    return;
  }
  TextTable table({"parameter", "value", "source"});
  for (const auto& [key, param] : run.params) {
    table.add({key, param.value, param.source});
  }
  out += "\n" + table.render(Style::plain);
}

void add_environment(std::string& out, const Run& run)
{
  if (!run.environment) {
    return;
  }
  const model::Environment& environment = *run.environment;
  out += "\n";
  line(out, "os", environment.os + ", " + environment.kernel + ", " + environment.arch);
  line(out, "cpu",
       environment.cpu + ", " + std::to_string(environment.threads) + " threads, " +
           format::human_bytes(environment.memory_bytes) + " memory");
  for (const std::string& gpu : environment.gpus) {
    line(out, "gpu", gpu);
  }
  if (environment.interpreter) {
    line(out, "interpreter",
         environment.interpreter->name + " " + environment.interpreter->version + "  " +
             environment.interpreter->path);
  }
  std::string packages;
  for (std::size_t i = 0; i < std::min(environment.packages.size(), k_shown_packages); ++i) {
    packages +=
        (i == 0 ? "" : ", ") + environment.packages[i].name + " " + environment.packages[i].version;
  }
  if (environment.packages.size() > k_shown_packages) {
    packages += " and " + std::to_string(environment.packages.size() - k_shown_packages) + " more";
  }
  line(out, "packages", packages);
  for (const auto& [name, value] : environment.variables) {
    line(out, "variable", name + "=" + value);
  }
}

}  // namespace

std::string run_summary(const Run& run)
{
  std::string text = run.name + "  " + status_of(run);
  if (run.ended_at) {
    text += " in " + duration_of(run);
  }
  std::size_t shown = 0;
  for (const auto& [key, summary] : run.metrics) {
    if (++shown <= k_metric_columns) {
      text += "  " + printable(key) + " " + short_number(summary.last);
    }
  }
  return text;
}

std::string render_runs(const std::vector<Run>& runs, const std::vector<std::string>& columns,
                        Style style)
{
  const std::vector<std::string> shown = columns.empty() ? default_columns(runs) : columns;
  std::vector<std::string> header;
  std::vector<Align> align;
  for (const std::string& column : shown) {
    header.push_back(heading(column));
    const bool number =
        column == "duration" || column.starts_with("metrics.") || column.starts_with("params.");
    align.push_back(number ? Align::right : Align::left);
  }
  TextTable table(header, align);
  for (const Run& run : runs) {
    std::vector<std::string> row;
    for (const std::string& column : shown) {
      row.push_back(cell(run, column));
    }
    table.add(std::move(row));
  }
  return table.render(style);
}

std::string render_snapshots(const std::vector<model::Snapshot>& snapshots)
{
  TextTable table({"snapshot", "dataset", "taken", "files", "size", "stored", "new"},
                  {Align::left, Align::left, Align::left, Align::right, Align::right, Align::right,
                   Align::right});
  for (const model::Snapshot& snapshot : snapshots) {
    std::string taken = snapshot.created_at.to_iso8601().substr(0, 16);
    taken[10] = ' ';
    table.add(
        {snapshot.id.hex().substr(0, 12), snapshot.name.empty() ? snapshot.path : snapshot.name,
         taken, std::to_string(snapshot.root.files), format::human_bytes(snapshot.root.size),
         format::human_bytes(snapshot.stored_bytes), format::human_bytes(snapshot.new_bytes)});
  }
  return table.render(Style::plain);
}

std::string render_experiments(const std::vector<ports::Experiment>& experiments)
{
  TextTable table({"experiment", "runs", "last started"}, {Align::left, Align::right, Align::left});
  for (const ports::Experiment& experiment : experiments) {
    table.add({experiment.name, std::to_string(experiment.runs),
               experiment.last_started_at ? experiment.last_started_at->to_iso8601() : ""});
  }
  return table.render(Style::plain);
}

std::string render_run(const Run& run)
{
  std::string out;
  line(out, "run", run.name);
  line(out, "id", run.id.str());
  line(out, "experiment", run.experiment);
  line(out, "status", status_of(run));
  line(out, "started",
       run.started_at.to_iso8601() + (run.ended_at ? ", took " + duration_of(run) : ""));
  line(out, "command", shell_words(run.command));
  line(out, "in", run.cwd);
  line(out, "by", run.user + "@" + run.host);
  line(out, "parent", run.parent ? run.parent->str() : "");
  line(out, "seed", run.seed ? std::to_string(*run.seed) : "");
  line(out, "note", run.note);
  for (const auto& [key, value] : run.tags) {
    line(out, "tag", key + "=" + value);
  }
  add_code(out, run);
  add_data(out, "input", run.inputs);
  add_data(out, "output", run.outputs);
  for (const model::Artifact& artifact : run.artifacts) {
    line(out, "artifact",
         artifact.path + "  " + artifact.digest.hex().substr(0, 12) + "  " +
             format::human_bytes(artifact.bytes));
  }
  line(out, "resources",
       "user " + format::human_duration(run.resources.user_s) + ", system " +
           format::human_duration(run.resources.system_s) + ", memory " +
           format::human_bytes(run.resources.max_rss_bytes));
  line(out, "level",
       std::to_string(static_cast<int>(run.recorded)) + "/5 recorded (" +
           std::string(model::to_string(run.recorded)) + "), " +
           (run.proven ? std::to_string(static_cast<int>(*run.proven)) + "/5 proven"
                       : "not proven yet (mlrepro reproduce " + run.name + ")"));
  for (const std::string& missing : run.missing) {
    line(out, "", "missing: " + missing);
  }
  for (const std::string& problem : run.problems) {
    line(out, "problem", problem);
  }
  add_params(out, run);
  add_metrics(out, run);
  add_environment(out, run);
  for (const model::Addition& addition : run.additions) {
    line(out, "added later",
         addition.at.to_iso8601() + "  " + addition.kind + " " + addition.key + " " +
             addition.value);
  }
  return out;
}

std::string render_snapshot(const model::Snapshot& snapshot, const std::vector<model::RunId>& users)
{
  std::string out;
  line(out, "snapshot", snapshot.id.hex());
  line(out, "dataset", snapshot.name);
  line(out, "path", snapshot.path);
  line(out, "taken", snapshot.created_at.to_iso8601());
  line(out, "digest", snapshot.root.digest.to_string());
  line(out, "content",
       std::to_string(snapshot.root.files) + (snapshot.root.files == 1 ? " file, " : " files, ") +
           format::human_bytes(snapshot.root.size));
  line(out, "in store",
       format::human_bytes(snapshot.stored_bytes) + ", of which new " +
           format::human_bytes(snapshot.new_bytes));
  if (snapshot.stored == model::Stored::identity_only) {
    line(out, "", "identity only: the content is not in the store");
  }
  for (const model::RunId& id : users) {
    line(out, "used by", id.str());
  }
  return out;
}

}  // namespace mlrepro::cli
