// SPDX-License-Identifier: Apache-2.0
#include "sqlite/run_rows.hpp"

#include <charconv>
#include <cmath>

#include "mlrepro/model/error.hpp"
#include "sqlite/data_rows.hpp"
#include "sqlite/environment_rows.hpp"
#include "sqlite/json_text.hpp"

namespace mlrepro::sqlite {
namespace {

using Detail = ports::RunQuery::Detail;

// In the order of `Column`.
constexpr const char* k_run_columns =
    "r.id, r.name, (SELECT e.name FROM experiments e WHERE e.number = r.experiment), r.status,"
    " r.started_at, r.ended_at, r.parent, r.sweep_item, r.exit_code, r.signal, r.command, r.cwd,"
    " r.top,"
    " r.program, r.user, r.host, r.code_commit, r.code_branch, r.code_remote_url, r.code_in_git,"
    " r.code_dirty, r.code_digest, r.note, r.metric_files, r.environment, r.user_s, r.system_s,"
    " r.max_rss_bytes, r.stdout_digest, r.stderr_digest, r.index_digest, r.keep, r.seed,"
    " r.problems, r.recorded, r.missing, r.code_changes, r.code_submodules, r.code_omitted,"
    " r.scalar_patterns, r.scalar_templates, r.trace, r.stopped_by, r.sweep";

enum Column : int {
  c_id,
  c_name,
  c_experiment,
  c_status,
  c_started_at,
  c_ended_at,
  c_parent,
  c_sweep_item,
  c_exit_code,
  c_signal,
  c_command,
  c_cwd,
  c_top,
  c_program,
  c_user,
  c_host,
  c_commit,
  c_branch,
  c_remote_url,
  c_in_git,
  c_dirty,
  c_code_digest,
  c_note,
  c_metric_files,
  c_environment,
  c_user_s,
  c_system_s,
  c_max_rss,
  c_stdout,
  c_stderr,
  c_index,
  c_keep,
  c_seed,
  c_problems,
  c_recorded,
  c_missing,
  c_changes,
  c_submodules,
  c_omitted,
  c_scalar_patterns,
  c_scalar_templates,
  c_trace,
  c_stopped_by,
  c_sweep,
};

std::string run_sql(Detail detail)
{
  std::string columns = k_run_columns;
  if (detail == Detail::names) {
    columns.erase(columns.find(", r.exit_code"));
  }
  return "SELECT " + columns + " FROM runs r WHERE r.number = ?";
}

model::Level to_level(std::int64_t number)
{
  if (number < 0 || number > static_cast<std::int64_t>(model::Level::evaluation)) {
    throw model::Error(model::ErrorKind::corrupt,
                       "the store names an impossible level, " + std::to_string(number));
  }
  return static_cast<model::Level>(number);
}

model::RunStatus to_status(const std::string& text)
{
  const auto status = model::parse_run_status(text);
  if (!status) {
    throw model::Error(model::ErrorKind::corrupt,
                       "the store names an unknown status '" + text + "'");
  }
  return *status;
}

std::int64_t write_experiment(const Database& database, const std::string& name)
{
  Statement(database, "INSERT INTO experiments (name) VALUES (?) ON CONFLICT DO NOTHING")
      .bind(name)
      .run();
  Statement number(database, "SELECT number FROM experiments WHERE name = ?");
  number.bind(name).step();
  return number.integer(0);
}

std::int64_t write_run_row(const Database& database, const model::Run& run)
{
  std::optional<model::Digest> environment = run.environment_digest;
  if (run.environment) {
    environment = write_environment(database, *run.environment);
  }
  const std::int64_t experiment = write_experiment(database, run.experiment);
  const auto sweep = run.sweep ? std::optional(to_json(*run.sweep)) : std::nullopt;
  const model::CodeState& code = run.code;
  Statement(database,
            "INSERT INTO runs (id, name, experiment, status, started_at, ended_at, parent,"
            " exit_code, signal, command, cwd, top, program, user, host, code_commit, code_branch,"
            " code_remote_url, code_in_git, code_dirty, code_digest, note, metric_files,"
            " environment, user_s, system_s, max_rss_bytes, stdout_digest, stderr_digest,"
            " index_digest, keep, seed, problems, recorded, missing, code_changes,"
            " code_submodules, code_omitted, scalar_patterns, scalar_templates, stopped_by, sweep,"
            " sweep_item) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(run.id, run.name, experiment, model::to_string(run.status), run.started_at,
            run.ended_at, run.parent, run.exit_code, run.signal, to_json(run.command), run.cwd,
            run.top, run.program, run.user, run.host, code.commit, code.branch, code.remote_url,
            code.in_git, code.dirty, code.digest, run.note, to_json(run.metric_files), environment,
            run.resources.user_s, run.resources.system_s, run.resources.max_rss_bytes,
            run.logs.stdout_digest, run.logs.stderr_digest, run.logs.index_digest,
            static_cast<int>(run.keep), run.seed, to_json(run.problems),
            static_cast<int>(run.recorded), to_json(run.missing), to_json(code.changes),
            to_json(code.submodules), to_json(code.omitted), to_json(run.scalars.patterns),
            to_json(run.scalars.templates), run.stopped_by, sweep, run.sweep_item)
      .run();
  return database.last_row();
}

void write_values(const Database& database, std::int64_t number, const model::Run& run)
{
  Statement param(database,
                  "INSERT INTO params (run, key, value, as_number, source) VALUES (?, ?, ?, ?, ?)");
  for (const auto& [key, value] : run.params) {
    param.bind(number, key, value.value, as_number(value.value), value.source).run();
  }
  Statement tag(database, "INSERT INTO tags (run, key, value, as_number) VALUES (?, ?, ?, ?)");
  for (const auto& [key, value] : run.tags) {
    tag.bind(number, key, value, as_number(value)).run();
  }
  Statement metric(database,
                   "INSERT INTO metrics (run, key, last, last_step, min, max, count, added_later,"
                   " source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''))");
  for (const auto& [key, value] : run.metrics) {
    metric
        .bind(number, key, value.last, value.step, value.min, value.max, value.count,
              value.added_later, value.source)
        .run();
  }
  Statement artifact(database,
                     "INSERT INTO artifacts (run, path, digest, bytes) VALUES (?, ?, ?, ?)");
  for (const model::Artifact& value : run.artifacts) {
    artifact.bind(number, value.path, value.digest, value.bytes).run();
  }
  Statement addition(database,
                     "INSERT INTO additions (run, at, kind, key, value) VALUES (?, ?, ?, ?, ?)");
  for (const model::Addition& value : run.additions) {
    addition.bind(number, value.at, value.kind, value.key, value.value).run();
  }
}

}  // namespace

std::optional<double> as_number(const std::string& text)
{
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool whole = !text.empty() && error == std::errc{} && stop == end && !std::isnan(value);
  return whole ? std::optional(value) : std::nullopt;
}

std::int64_t write_run(const Database& database, const model::Run& run)
{
  const std::int64_t number = write_run_row(database, run);
  write_trace(database, number, run.trace);
  write_values(database, number, run);
  write_data(database, number, "input", run.inputs);
  write_data(database, number, "output", run.outputs);
  return number;
}

RunReader::RunReader(const Database& database, Detail detail)
    : detail_(detail),
      run_(database, run_sql(detail)),
      params_(database, "SELECT key, value, source FROM params WHERE run = ?"),
      metrics_(database,
               "SELECT key, last, last_step, min, max, count, added_later, source"
               " FROM metrics WHERE run = ?"),
      tags_(database, "SELECT key, value FROM tags WHERE run = ?"),
      data_(database,
            "SELECT role, path, snapshot, digest, files, bytes, stored, changed,"
            " (SELECT at FROM forgotten_content f WHERE f.digest = run_data.digest),"
            " declared, traced, partial FROM run_data"
            " WHERE run = ? ORDER BY role, ordinal"),
      artifacts_(database,
                 "SELECT path, digest, bytes,"
                 " (SELECT at FROM forgotten_content f WHERE f.digest = artifacts.digest)"
                 " FROM artifacts WHERE run = ? ORDER BY number"),
      proven_(database, "SELECT max(level) FROM proofs WHERE run = ?"),
      additions_(database,
                 "SELECT at, kind, key, value FROM additions WHERE run = ? ORDER BY number"),
      forgotten_(database, "SELECT at FROM forgotten_content WHERE digest = ?"),
      environment_(database, "SELECT document FROM environments WHERE digest = ?")
{
}

model::Run RunReader::read(std::int64_t number)
{
  model::Run run;
  if (!run_.bind(number).step()) {
    throw model::Error(model::ErrorKind::corrupt, "the store lost run " + std::to_string(number));
  }
  run.id = run_.run_id(c_id);
  run.name = run_.text(c_name);
  run.experiment = run_.text(c_experiment);
  run.status = to_status(run_.text(c_status));
  run.started_at = run_.time(c_started_at);
  run.ended_at = run_.optional_time(c_ended_at);
  run.parent = run_.optional_run_id(c_parent);
  if (!run_.is_null(c_sweep_item)) {
    run.sweep_item = run_.unsigned_integer(c_sweep_item);
  }
  if (detail_ != Detail::names) {
    read_summary(run);
    read_values(number, run);
    read_metrics(number, run);
    read_data(number, run);
  }
  if (detail_ == Detail::full) {
    read_details(run);
    for (additions_.bind(number); additions_.step();) {
      run.additions.push_back(
          {additions_.time(0), additions_.text(1), additions_.text(2), additions_.text(3)});
    }
    additions_.reset();
  }
  run_.reset();
  return run;
}

void RunReader::read_summary(model::Run& run)
{
  run.exit_code = run_.optional_int(c_exit_code);
  run.signal = run_.optional_int(c_signal);
  run.stopped_by = run_.optional_int(c_stopped_by);
  if (!run_.is_null(c_sweep)) {
    run.sweep = parse_sweep(run_.text(c_sweep));
  }
  run.command = parse_list(run_.text(c_command));
  run.cwd = run_.text(c_cwd);
  run.top = run_.text(c_top);
  run.program = run_.text(c_program);
  run.user = run_.text(c_user);
  run.host = run_.text(c_host);
  run.code.commit = run_.text(c_commit);
  run.code.branch = run_.text(c_branch);
  run.code.remote_url = run_.text(c_remote_url);
  run.code.in_git = run_.boolean(c_in_git);
  run.code.dirty = run_.boolean(c_dirty);
  run.code.digest = run_.optional_digest(c_code_digest);
  if (run.code.digest && forgotten_.bind(*run.code.digest).step()) {
    run.code.forgotten = forgotten_.optional_time(0);
  }
  forgotten_.reset();
  run.note = run_.text(c_note);
  run.metric_files = parse_list(run_.text(c_metric_files));
  run.scalars = {parse_list(run_.text(c_scalar_patterns)),
                 parse_list(run_.text(c_scalar_templates))};
  run.environment_digest = run_.optional_digest(c_environment);
  run.resources = {run_.real_or_nan(c_user_s), run_.real_or_nan(c_system_s),
                   run_.unsigned_integer(c_max_rss)};
  run.logs = {run_.optional_digest(c_stdout), run_.optional_digest(c_stderr),
              run_.optional_digest(c_index)};
  run.keep = to_level(run_.integer(c_keep));
  run.seed = run_.optional_integer(c_seed);
  run.problems = parse_list(run_.text(c_problems));
  run.recorded = to_level(run_.integer(c_recorded));
  run.missing = parse_list(run_.text(c_missing));
  if (!run_.is_null(c_trace)) {
    run.trace = parse_trace(run_.text(c_trace));
  }
}

void RunReader::read_details(model::Run& run)
{
  run.code.changes = parse_changes(run_.text(c_changes));
  run.code.submodules = parse_submodules(run_.text(c_submodules));
  run.code.omitted = parse_omitted(run_.text(c_omitted));
  if (run.environment_digest && environment_.bind(*run.environment_digest).step()) {
    run.environment = parse_environment(environment_.text(0));
  }
  environment_.reset();
}

void RunReader::read_values(std::int64_t number, model::Run& run)
{
  for (params_.bind(number); params_.step();) {
    run.params.emplace(params_.text(0), model::Parameter{params_.text(1), params_.text(2)});
  }
  params_.reset();
  for (tags_.bind(number); tags_.step();) {
    run.tags.emplace(tags_.text(0), tags_.text(1));
  }
  tags_.reset();
  for (artifacts_.bind(number); artifacts_.step();) {
    run.artifacts.push_back({artifacts_.text(0), artifacts_.digest(1),
                             artifacts_.unsigned_integer(2), artifacts_.optional_time(3)});
  }
  artifacts_.reset();
  if (proven_.bind(number).step() && !proven_.is_null(0)) {
    run.proven = to_level(proven_.integer(0));
  }
  proven_.reset();
}

void RunReader::read_metrics(std::int64_t number, model::Run& run)
{
  for (metrics_.bind(number); metrics_.step();) {
    model::MetricSummary summary;
    summary.last = metrics_.real_or_nan(1);
    summary.step = metrics_.integer(2);
    summary.min = metrics_.optional_real(3);
    summary.max = metrics_.optional_real(4);
    summary.count = metrics_.integer(5);
    summary.added_later = metrics_.boolean(6);
    summary.source = metrics_.is_null(7) ? "" : metrics_.text(7);
    run.metrics.emplace(metrics_.text(0), summary);
  }
  metrics_.reset();
}

void RunReader::read_data(std::int64_t number, model::Run& run)
{
  for (data_.bind(number); data_.step();) {
    model::RunData item;
    item.path = data_.text(1);
    item.snapshot = data_.optional_digest(2);
    item.digest = data_.optional_digest(3);
    item.files = data_.unsigned_integer(4);
    item.bytes = data_.unsigned_integer(5);
    item.stored = data_.boolean(6);
    item.changed_during_run = data_.boolean(7);
    item.forgotten = data_.optional_time(8);
    item.declared = data_.boolean(9);
    if (!data_.is_null(10)) {
      item.traced = data_.boolean(10);
    }
    item.partial = data_.boolean(11);
    (data_.text(0) == "input" ? run.inputs : run.outputs).push_back(std::move(item));
  }
  data_.reset();
}

}  // namespace mlrepro::sqlite
