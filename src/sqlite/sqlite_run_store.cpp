// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_run_store.hpp"

#include <optional>

#include "mlrepro/model/error.hpp"
#include "sqlite/data_rows.hpp"
#include "sqlite/environment_rows.hpp"
#include "sqlite/event_writer.hpp"
#include "sqlite/filter_sql.hpp"
#include "sqlite/json_text.hpp"
#include "sqlite/run_rows.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

struct RunRow {
  std::int64_t number = 0;
  bool running = false;
};

RunRow require_run(const Database& database, const model::RunId& id)
{
  Statement row(database, "SELECT number, status = 'running' FROM runs WHERE id = ?");
  if (!row.bind(id).step()) {
    throw model::Error(model::ErrorKind::not_found, "run '" + id.str() + "': no such run",
                       "mlrepro list");
  }
  return {row.integer(0), row.boolean(1)};
}

std::vector<std::string> problems_of(const Database& database, std::int64_t number)
{
  Statement row(database, "SELECT problems FROM runs WHERE number = ?");
  row.bind(number).step();
  return parse_list(row.text(0));
}

void write_end(const Database& database, std::int64_t number, const ports::RunEnd& end,
               const std::vector<std::string>& problems)
{
  std::optional<model::Digest> environment;
  if (end.environment) {
    environment = write_environment(database, *end.environment);
  }
  Statement(database,
            "UPDATE runs SET status = ?, exit_code = ?, signal = ?, stopped_by = ?, ended_at = ?,"
            " environment = coalesce(?, environment), user_s = ?, system_s = ?, max_rss_bytes = ?,"
            " stdout_digest = ?, stderr_digest = ?, index_digest = ?, problems = ?, recorded = ?,"
            " missing = ? WHERE number = ?")
      .bind(model::to_string(end.status), end.exit_code, end.signal, end.stopped_by, end.ended_at,
            environment, end.resources.user_s, end.resources.system_s, end.resources.max_rss_bytes,
            end.logs.stdout_digest, end.logs.stderr_digest, end.logs.index_digest,
            to_json(problems), static_cast<int>(end.recorded), to_json(end.missing), number)
      .run();
}

class SqliteRunSeal final : public ports::RunSeal {
 public:
  SqliteRunSeal(Database& database, const model::RunId& id, model::Timestamp ended_at)
      : database_(database), transaction_(database)
  {
    const RunRow row = require_run(database, id);
    if (!row.running) {
      throw model::Error(model::ErrorKind::conflict, "run '" + id.str() + "' has ended already");
    }
    number_ = row.number;
    writer_.emplace(database, number_, EventWriter::When::running, ended_at);
  }

  void add(const std::vector<model::RunEvent>& events) override { writer_->collect(events); }

  void finish(const ports::RunEnd& end) override
  {
    writer_->apply(end.events);
    for (const model::PrintedMetric& metric : end.printed) {
      writer_->add(metric);
    }
    std::vector<std::string> problems = problems_of(database_, number_);
    problems.insert(problems.end(), end.problems.begin(), end.problems.end());
    problems.insert(problems.end(), writer_->problems().begin(), writer_->problems().end());
    writer_.reset();
    write_end(database_, number_, end, problems);
    write_trace(database_, number_, end.trace);
    write_data(database_, number_, "input", end.inputs);
    write_data(database_, number_, "output", end.outputs);
    transaction_.commit();
  }

 private:
  Database& database_;
  Transaction transaction_;
  std::int64_t number_ = 0;
  std::optional<EventWriter> writer_;
};

class SqliteRunAppend final : public ports::RunAppend {
 public:
  SqliteRunAppend(Database& database, const model::RunId& id, model::Timestamp now)
      : transaction_(database)
  {
    const RunRow row = require_run(database, id);
    writer_.emplace(database, row.number,
                    row.running ? EventWriter::When::running : EventWriter::When::ended, now);
  }

  void add(const std::vector<model::RunEvent>& events) override { writer_->collect(events); }

  void finish() override
  {
    writer_->write();
    if (!writer_->problems().empty()) {
      throw model::Error(model::ErrorKind::conflict, writer_->problems().front());
    }
    writer_.reset();
    transaction_.commit();
  }

 private:
  Transaction transaction_;
  std::optional<EventWriter> writer_;
};

}  // namespace

void SqliteRunStore::insert(const model::Run& run)
{
  Transaction transaction(database_);
  Statement known(database_, "SELECT 1 FROM runs WHERE id = ?");
  if (known.bind(run.id).step()) {
    throw model::Error(model::ErrorKind::conflict, "run '" + run.id.str() + "' exists already");
  }
  write_run(database_, run);
  known.reset();
  transaction.commit();
}

std::unique_ptr<ports::RunSeal> SqliteRunStore::begin_seal(const model::RunId& id,
                                                           model::Timestamp ended_at)
{
  return std::make_unique<SqliteRunSeal>(database_, id, ended_at);
}

void SqliteRunStore::reopen(const model::RunId& id, model::Timestamp now)
{
  Transaction transaction(database_);
  const RunRow row = require_run(database_, id);
  Statement old(database_, "SELECT sweep IS NOT NULL, status, ended_at FROM runs WHERE number = ?");
  old.bind(row.number).step();
  if (row.running || !old.boolean(0)) {
    throw model::Error(model::ErrorKind::conflict,
                       "run '" + id.str() + (row.running ? "' is running" : "' is no sweep"));
  }
  const auto ended_at = old.optional_time(2);
  Statement(database_, "INSERT INTO additions (run, at, kind, key, value) VALUES (?, ?, ?, ?, ?)")
      .bind(row.number, now, "resumed", old.text(1), ended_at ? ended_at->to_iso8601() : "")
      .run();
  old.reset();
  Statement(database_,
            "UPDATE runs SET status = 'running', exit_code = NULL, signal = NULL,"
            " stopped_by = NULL, ended_at = NULL WHERE number = ?")
      .bind(row.number)
      .run();
  transaction.commit();
}

std::unique_ptr<ports::RunAppend> SqliteRunStore::begin_append(const model::RunId& id,
                                                               model::Timestamp now)
{
  return std::make_unique<SqliteRunAppend>(database_, id, now);
}

void SqliteRunStore::record_proof(const ports::Proof& proof)
{
  Transaction transaction(database_);
  const RunRow row = require_run(database_, proof.run);
  Statement(database_,
            "INSERT INTO proofs (run, replay, level, verdict, at) VALUES (?, ?, ?, ?, ?)")
      .bind(row.number, proof.replay, static_cast<int>(proof.level), proof.verdict, proof.at)
      .run();
  transaction.commit();
}

std::vector<model::Run> SqliteRunStore::list(const ports::RunQuery& query) const
{
  const ReadTransaction transaction(database_);
  const SqlText sql = select_runs(database_, query);
  // The rows are picked from indexes first; only those that are wanted are read.
  Statement numbers(database_, sql.text);
  int index = 0;
  for (const Value& value : sql.values) {
    numbers.put(++index, value);
  }
  RunReader reader(database_, query.detail);
  std::vector<model::Run> runs;
  while (numbers.step()) {
    runs.push_back(reader.read(numbers.integer(0)));
  }
  return runs;
}

void SqliteRunStore::for_each_point(const model::RunId& id, const std::string& key,
                                    const ports::PointVisitor& visit) const
{
  const ReadTransaction transaction(database_);
  const RunRow row = require_run(database_, id);
  Statement metric(database_,
                   "SELECT number, source IS NOT NULL FROM metrics WHERE run = ? AND key = ?");
  if (!metric.bind(row.number, key).step()) {
    return;
  }
  const bool has_lines = metric.boolean(1);
  Statement points(database_, has_lines ? "SELECT p.value, p.step, p.time_ms, coalesce(l.line, 0)"
                                          " FROM metric_points p LEFT JOIN metric_lines l"
                                          " ON l.metric = p.metric AND l.ordinal = p.ordinal"
                                          " WHERE p.metric = ? ORDER BY p.ordinal"
                                        : "SELECT value, step, time_ms, 0 FROM metric_points"
                                          " WHERE metric = ? ORDER BY ordinal");
  for (points.bind(metric.integer(0)); points.step();) {
    visit({points.real_or_nan(0), points.integer(1), points.time(2), points.unsigned_integer(3)});
  }
}

std::vector<ports::Experiment> SqliteRunStore::experiments() const
{
  Statement rows(database_,
                 "SELECT e.name, count(r.number), max(r.started_at) FROM experiments e"
                 " LEFT JOIN runs r ON r.experiment = e.number GROUP BY e.number ORDER BY e.name");
  std::vector<ports::Experiment> found;
  while (rows.step()) {
    found.push_back(
        {rows.text(0), static_cast<std::size_t>(rows.integer(1)), rows.optional_time(2)});
  }
  return found;
}

std::vector<model::RunId> SqliteRunStore::unfinished() const
{
  // As the index runs_unfinished says it.
  Statement rows(database_, "SELECT id FROM runs WHERE status = 'running' AND client = 0");
  std::vector<model::RunId> found;
  while (rows.step()) {
    found.push_back(rows.run_id(0));
  }
  return found;
}

}  // namespace mlrepro::sqlite
