// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_record_exchange.hpp"

#include <algorithm>
#include <map>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/merge_records.hpp"
#include "sqlite/record_rows.hpp"
#include "sqlite/run_rows.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

// What a record's growth can be told by: whatever is added to an ended run leaves a row in one of
// these, and rows of them are never taken away one by one.
constexpr const char* k_revision =
    "(r.status || ' ' || (SELECT count(*) FROM additions a WHERE a.run = r.number) || ' ' ||"
    " (SELECT count(*) FROM proofs p WHERE p.run = r.number))";

std::optional<std::int64_t> find_number(const Database& database, const model::RunId& id)
{
  Statement row(database, "SELECT number FROM runs WHERE id = ?");
  return row.bind(id).step() ? std::optional(row.integer(0)) : std::nullopt;
}

std::string revision_of(const Database& database, std::int64_t number)
{
  Statement row(database, std::string("SELECT ") + k_revision + " FROM runs r WHERE r.number = ?");
  row.bind(number).step();
  return row.text(0);
}

void note(const Database& database, std::int64_t number, const model::Digest& document,
          const std::optional<std::string>& revision)
{
  if (revision) {
    Statement(database, "UPDATE run_documents SET revision = NULL WHERE run = ?")
        .bind(number)
        .run();
  }
  Statement(database,
            "INSERT INTO run_documents (run, document, revision) VALUES (?, ?, ?)"
            " ON CONFLICT (run, document) DO UPDATE"
            " SET revision = coalesce(excluded.revision, revision)")
      .bind(number, document, revision)
      .run();
}

model::RunRecord read_record(const Database& database, std::int64_t number)
{
  model::RunRecord record;
  record.run = RunReader(database, ports::RunQuery::Detail::full).read(number);
  record.run.proven.reset();
  record.tag_history = read_tag_history(database, number);
  record.proofs = read_proofs(database, number);
  record.entries = read_entries(database, {"run = ?", {record.run.id.str()}});
  return record;
}

// As long as records did not say whose a snapshot is, a run's data had an entry of nobody's.
void add_foreign_entries(const Database& database, model::RunRecord& record)
{
  for (const auto* list : {&record.run.inputs, &record.run.outputs}) {
    for (const model::RunData& data : *list) {
      if (!data.snapshot || !data.stored) {
        continue;
      }
      const auto has = [&](const model::Snapshot& entry) { return entry.id == *data.snapshot; };
      if (std::any_of(record.entries.begin(), record.entries.end(), has)) {
        continue;
      }
      auto found = read_entries(database, {"snapshot = ? AND stored", {data.snapshot->hex()}});
      if (!found.empty()) {
        found.front().run = record.run.id;
        record.entries.push_back(std::move(found.front()));
      }
    }
  }
}

}  // namespace

std::vector<ports::ExchangedRun> SqliteRecordExchange::runs() const
{
  const ReadTransaction transaction(database_);
  std::map<std::int64_t, std::vector<std::pair<model::Digest, std::optional<std::string>>>> known;
  Statement documents(database_, "SELECT run, document, revision FROM run_documents");
  while (documents.step()) {
    known[documents.integer(0)].emplace_back(documents.digest(1), documents.optional_text(2));
  }
  Statement rows(database_, std::string("SELECT r.number, r.id, r.name, r.status <> 'running', ") +
                                k_revision + " FROM runs r ORDER BY r.number");
  std::vector<ports::ExchangedRun> found;
  while (rows.step()) {
    ports::ExchangedRun run{rows.run_id(1), rows.text(2), rows.boolean(3), std::nullopt, {}};
    const std::string revision = rows.text(4);
    for (const auto& [document, of] : known[rows.integer(0)]) {
      run.known.push_back(document);
      if (of == revision) {
        run.document = document;
      }
    }
    found.push_back(std::move(run));
  }
  return found;
}

model::RunRecord SqliteRecordExchange::load(const model::RunId& id) const
{
  const ReadTransaction transaction(database_);
  const auto number = find_number(database_, id);
  if (!number) {
    throw model::Error(model::ErrorKind::not_found, "run '" + id.str() + "': no such run",
                       "mlrepro list");
  }
  model::RunRecord record = read_record(database_, *number);
  add_foreign_entries(database_, record);
  return record;
}

std::vector<model::Snapshot> SqliteRecordExchange::snapshots() const
{
  return read_entries(database_, {"run IS NULL OR run NOT IN (SELECT id FROM runs)", {}});
}

std::vector<model::Tombstone> SqliteRecordExchange::tombstones() const
{
  Statement rows(database_,
                 "SELECT digest, folder, path, at FROM forgotten_content ORDER BY digest");
  std::vector<model::Tombstone> found;
  while (rows.step()) {
    found.push_back({rows.digest(0), rows.boolean(1), rows.text(2), rows.time(3)});
  }
  return found;
}

void SqliteRecordExchange::note_document(const model::RunRecord& record,
                                         const model::Digest& document)
{
  if (database_.read_only()) {
    return;  // it is told again next time
  }
  Transaction transaction(database_);
  const auto number = find_number(database_, record.run.id);
  const std::string then = std::string(model::to_string(record.run.status)) + " " +
                           std::to_string(record.run.additions.size()) + " " +
                           std::to_string(record.proofs.size());
  if (number && revision_of(database_, *number) == then) {
    note(database_, *number, document, then);
  }
  transaction.commit();
}

void SqliteRecordExchange::adopt(const std::vector<ports::IncomingRun>& runs,
                                 const std::vector<model::Snapshot>& snapshots,
                                 const std::vector<model::Tombstone>& tombstones)
{
  Transaction transaction(database_);
  for (const ports::IncomingRun& incoming : runs) {
    adopt_run(incoming);
  }
  for (const model::Snapshot& snapshot : snapshots) {
    write_entry(database_, snapshot);
  }
  {
    Statement row(database_,
                  "INSERT INTO forgotten_content (digest, folder, path, at, destroyed)"
                  " VALUES (?, ?, ?, ?, 1) ON CONFLICT DO NOTHING");
    for (const model::Tombstone& stone : tombstones) {
      row.bind(stone.digest, stone.folder, stone.path, stone.at).run();
    }
  }
  transaction.commit();
}

void SqliteRecordExchange::adopt_run(const ports::IncomingRun& incoming)
{
  const model::RunRecord& record = incoming.record;
  if (const auto number = find_number(database_, record.run.id)) {
    join(*number, incoming);
    return;
  }
  const std::int64_t number = write_run(database_, record.run);
  for (const auto& [key, points] : incoming.points) {
    append_points(database_, number, key, points);
  }
  write_tag_history(database_, number, record.tag_history);
  write_proofs(database_, number, record.proofs);
  for (const model::Snapshot& entry : record.entries) {
    write_entry(database_, entry);
  }
  note(database_, number, incoming.document, revision_of(database_, number));
}

void SqliteRecordExchange::join(std::int64_t number, const ports::IncomingRun& incoming)
{
  const model::RunRecord ours = read_record(database_, number);
  if (ours.run.status == model::RunStatus::running) {
    return;
  }
  const plan::RecordGrowth growth = plan::plan_growth(ours, incoming.record);
  write_growth(database_, number, growth);
  for (const std::string& key : growth.metrics) {
    const auto theirs = incoming.points.find(key);
    if (theirs != incoming.points.end()) {
      add_points(database_, number, key, incoming.record.run.metrics.at(key),
                 plan::missing_points(read_points(database_, number, key), theirs->second));
    }
  }
  note(database_, number, incoming.document, std::nullopt);
}

}  // namespace mlrepro::sqlite
