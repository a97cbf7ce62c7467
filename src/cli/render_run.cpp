// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cli/render.hpp"
#include "cli/render_query.hpp"
#include "cli/run_text.hpp"
#include "cli/shortened.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/tracking/repeat_run.hpp"

namespace mlrepro::cli {
namespace {

using model::Run;

// By which clients of MLflow know a run that another one started.
constexpr const char* k_client_parent_tag = "mlflow.parentRunId";
constexpr std::size_t k_longest_value = 500;  // of a parameter or tag, in bytes
constexpr std::size_t k_summary_metrics = 4;
constexpr std::size_t k_shown_packages = 12;
constexpr std::size_t k_shown_changes = 20;

void add_code(RunText& out, const Run& run)
{
  std::string text = code_text(run);
  if (!run.code.branch.empty()) {
    text += " on " + run.code.branch;
  }
  if (!run.code.remote_url.empty()) {
    text += "  " + run.code.remote_url;
  }
  out.line("code", text, run.code.dirty ? Tone::warning : Tone::none);
  for (std::size_t i = 0; i < std::min(run.code.changes.size(), k_shown_changes); ++i) {
    out.line("", run.code.changes[i].state + "  " + run.code.changes[i].path);
  }
  if (run.code.changes.size() > k_shown_changes) {
    out.line("", "and " + std::to_string(run.code.changes.size() - k_shown_changes) + " more");
  }
  for (const model::Submodule& module : run.code.submodules) {
    out.line("submodule",
             module.path + "  " + module.commit.substr(0, 7) + (module.dirty ? "+dirty" : ""),
             module.dirty ? Tone::warning : Tone::none);
  }
  for (const model::Omission& omission : run.code.omitted) {
    out.line("", "not stored: " + omission.path + " (" + omission.reason + ")", Tone::warning);
  }
}

void add_metrics(RunText& out, const Run& run)
{
  TextTable table({"metric", "last", "step", "min", "max", "points", ""},
                  {Align::left, Align::right, Align::right, Align::right, Align::right,
                   Align::right, Align::left});
  const auto number = [](const std::optional<double>& value) {
    return value ? short_number(*value) : std::string();
  };
  for (const auto& [key, summary] : run.metrics) {
    if (model::is_resource_metric(key)) {
      continue;
    }
    table.add({key, Cell(short_number(summary.last), Tone::strong), std::to_string(summary.step),
               number(summary.min), number(summary.max), std::to_string(summary.count),
               summary.added_later      ? "(added later)"
               : summary.source.empty() ? ""
                                        : "(printed)"});
  }
  out.table(table);
}

void add_params(RunText& out, const Run& run)
{
  TextTable table({"parameter", "value", "source"});
  for (const auto& [key, param] : run.params) {
    table.add({key, Cell(shortened(param.value, k_longest_value), Tone::strong), param.source});
  }
  out.table(table);
}

std::string packages_text(const std::vector<model::Package>& packages)
{
  std::string text;
  for (std::size_t i = 0; i < std::min(packages.size(), k_shown_packages); ++i) {
    text += (i == 0 ? "" : ", ") + packages[i].name + " " + packages[i].version;
  }
  if (packages.size() > k_shown_packages) {
    text += " and " + std::to_string(packages.size() - k_shown_packages) +
            " more (--json has them all)";
  }
  return text;
}

// Lock files belong to the code, which says what is in them.
std::string facts_text(const std::map<std::string, std::string>& facts)
{
  std::string text;
  for (const auto& [name, value] : facts) {
    if (!name.starts_with("lock file ")) {
      text += (text.empty() ? "" : ", ") + name + " " + value;
    }
  }
  return text;
}

void add_environment(RunText& out, const Run& run)
{
  if (!run.environment) {
    return;
  }
  const model::Environment& environment = *run.environment;
  out.gap();
  out.line("os", environment.os + ", " + environment.kernel + ", " + environment.arch);
  out.line("cpu", environment.cpu + ", " + std::to_string(environment.threads) + " threads, " +
                      format::human_bytes(environment.memory_bytes) + " memory");
  for (const std::string& gpu : environment.gpus) {
    out.line("gpu", gpu);
  }
  if (environment.gpus.empty() && !environment.cpu.empty()) {
    out.line("gpu", "none found");
  }
  if (environment.interpreter) {
    out.line("interpreter", environment.interpreter->name + " " + environment.interpreter->version +
                                "  " + environment.interpreter->path);
  }
  out.wrapped("packages", packages_text(environment.packages));
  for (const model::Package& package : environment.packages) {
    for (const auto& [path, digest] : package.modified) {
      out.line("modified", package.name + ": " + path + (digest ? "" : " (gone)"));
    }
  }
  out.wrapped("machine", facts_text(environment.facts));
  for (const auto& [name, value] : environment.variables) {
    out.line("variable", name + "=" + value);
  }
}

void add_head(RunText& out, const Run& run)
{
  out.line("run", run.name, Tone::strong);
  out.line("id", run.id.str());
  out.line("experiment", run.experiment);
  out.line("status", status_text(run), status_tone(run.status));
  out.line("started",
           run.started_at.to_iso8601() + (run.ended_at ? ", took " + duration_text(run) : ""));
  out.line("command", shell_words(run.command));
  out.line("folder", run.cwd == "." ? "" : run.cwd);
  out.line("by", run.user + "@" + run.host);
  out.line(run.sweep_item                              ? "sweep"
           : run.tags.contains(tracking::k_repeat_tag) ? "repeat of"
           : run.tags.contains(k_client_parent_tag)    ? "child of"
                                                       : "replay of",
           run.parent ? run.parent->str() : "");
  out.line("item", run.sweep_item ? std::to_string(*run.sweep_item) : "");
  out.line("seed", run.seed ? std::to_string(*run.seed) : "");
  out.line("note", run.note);
  for (const auto& [key, value] : run.tags) {
    out.line("tag", key + "=" + shortened(value, k_longest_value));
  }
}

void add_level(RunText& out, const Run& run)
{
  const std::string recorded = std::to_string(static_cast<int>(run.recorded)) + " of 5 recorded (" +
                               std::string(model::to_string(run.recorded)) + ")";
  const std::string proven = run.proven
                                 ? std::to_string(static_cast<int>(*run.proven)) + " of 5 proven"
                                 : "not proven yet: mlrepro reproduce " + shell_words({run.name});
  out.line("level", recorded + ", " + proven);
  for (const std::string& missing : run.missing) {
    out.line("", "missing " + missing);
  }
  for (const std::string& problem : run.problems) {
    out.line("problem", problem, Tone::warning);
  }
}

}  // namespace

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

std::string short_id(const std::optional<model::Digest>& id)
{
  return id ? id->hex().substr(0, 12) : "(none)";
}

std::string duration_text(const Run& run)
{
  return run.ended_at
             ? format::human_duration(model::seconds_between(run.started_at, *run.ended_at))
             : "";
}

std::string code_text(const Run& run)
{
  const std::string dirty = run.code.dirty ? "+dirty" : "";
  if (run.code.commit.empty()) {
    return run.code.in_git ? "no commit yet" + dirty : "not in Git";
  }
  return run.code.commit.substr(0, 7) + dirty;
}

std::string status_text(const Run& run)
{
  std::string text(model::to_string(run.status));
  if (run.signal) {
    text += " (signal " + std::to_string(*run.signal) + ")";
  } else if (run.exit_code && *run.exit_code != 0) {
    text += " (exit code " + std::to_string(*run.exit_code) + ")";
  }
  return text;
}

Tone status_tone(model::RunStatus status)
{
  switch (status) {
    case model::RunStatus::finished:
      return Tone::good;
    case model::RunStatus::failed:
      return Tone::bad;
    case model::RunStatus::running:
      return Tone::accent;
    case model::RunStatus::killed:
    case model::RunStatus::lost:
      return Tone::warning;
  }
  return Tone::none;
}

std::string files_text(std::uint64_t files, std::uint64_t bytes)
{
  return format::counted(files, "file") + ", " + format::human_bytes(bytes);
}

std::string forgotten_text(const std::optional<model::Timestamp>& at)
{
  return at ? "  (content forgotten on " + at->to_iso8601().substr(0, 10) + ")" : "";
}

std::string run_summary(const Run& run)
{
  std::string text = run.name + "  " + status_text(run);
  if (run.ended_at) {
    text += " in " + duration_text(run);
  }
  std::size_t shown = 0;
  for (const auto& [key, summary] : run.metrics) {
    if (!model::is_resource_metric(key) && ++shown <= k_summary_metrics) {
      text += "  " + printable(key) + " " + short_number(summary.last);
    }
  }
  if (shown > k_summary_metrics) {
    text += "  and " + std::to_string(shown - k_summary_metrics) + " more";
  }
  return text;
}

std::string render_run(const Run& run, Style style)
{
  RunText out(style);
  add_head(out, run);
  add_code(out, run);
  add_data(out, "input", run.inputs);
  add_data(out, "output", run.outputs);
  add_trace(out, run);
  for (const model::Artifact& artifact : run.artifacts) {
    out.line("artifact", artifact.path + "  " + short_id(artifact.digest) + "  " +
                             format::human_bytes(artifact.bytes) +
                             forgotten_text(artifact.forgotten));
  }
  // Of a sweep, and of a run that lost its mlrepro, nothing is known.
  if (run.ended_at && run.resources != model::Resources{}) {
    out.line("resources", "user " + format::human_duration(run.resources.user_s) + ", system " +
                              format::human_duration(run.resources.system_s) + ", memory " +
                              format::human_bytes(run.resources.max_rss_bytes));
  }
  out.wrapped("measured", resources_text(run.metrics));
  add_level(out, run);
  add_params(out, run);
  add_metrics(out, run);
  add_environment(out, run);
  if (!run.additions.empty()) {
    out.gap();
  }
  for (const model::Addition& addition : run.additions) {
    out.line("added later", addition.at.to_iso8601() + "  " + addition.kind + " " + addition.key +
                                " " + addition.value);
  }
  return out.text();
}

std::string render_snapshot(const model::Snapshot& snapshot, const std::vector<std::string>& users)
{
  RunText out(Style::plain);
  out.line("snapshot", snapshot.id.hex());
  out.line("dataset", snapshot.name);
  out.line("path", snapshot.path);
  out.line("taken", snapshot.created_at.to_iso8601());
  out.line("digest", snapshot.root.digest.to_string());
  out.line("content", files_text(snapshot.root.files, snapshot.root.size));
  if (snapshot.stored == model::Stored::content) {
    out.line("in store", format::human_bytes(snapshot.stored_bytes) + ", " +
                             format::human_bytes(snapshot.new_bytes) +
                             " of it new when it was taken");
  } else {
    out.line("in store", "identity only: its content was not kept");
  }
  if (snapshot.forgotten) {
    out.line("forgotten", "content, on " + snapshot.forgotten->to_iso8601().substr(0, 10));
  }
  for (const std::string& name : users) {
    out.line("used by", name);
  }
  add_query(out, snapshot);
  return out.text();
}

}  // namespace mlrepro::cli
