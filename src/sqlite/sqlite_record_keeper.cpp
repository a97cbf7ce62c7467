// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_record_keeper.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/environment_rows.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

// Every column that names an object; sqlite_record_keeper_test proves that none is left out. The
// second column says whether it is a folder. An input or output is the root of a snapshot whose
// entry says what it is, or said: then it is taken for either.
constexpr const char* k_named = R"sql(
SELECT root_digest, root_type = 1 FROM dataset_entries WHERE stored
UNION SELECT code_digest, 1 FROM runs WHERE code_digest IS NOT NULL
UNION SELECT stdout_digest, 0 FROM runs WHERE stdout_digest IS NOT NULL
UNION SELECT stderr_digest, 0 FROM runs WHERE stderr_digest IS NOT NULL
UNION SELECT index_digest, 0 FROM runs WHERE index_digest IS NOT NULL
UNION SELECT change.value ->> 'staged', 0 FROM runs, json_each(runs.code_changes) change
  WHERE change.value ->> 'staged' IS NOT NULL
UNION SELECT digest, 0 FROM artifacts
UNION SELECT digest, 0 FROM model_artifacts
UNION SELECT digest, 0 FROM run_data WHERE stored AND digest IS NOT NULL
)sql";

// What run ?1 names.
constexpr const char* k_content_of_run = R"sql(
SELECT code_digest AS digest FROM runs WHERE number = ?1 AND code_digest IS NOT NULL
UNION SELECT stdout_digest FROM runs WHERE number = ?1 AND stdout_digest IS NOT NULL
UNION SELECT stderr_digest FROM runs WHERE number = ?1 AND stderr_digest IS NOT NULL
UNION SELECT index_digest FROM runs WHERE number = ?1 AND index_digest IS NOT NULL
UNION SELECT change.value ->> 'staged' FROM runs, json_each(runs.code_changes) change
  WHERE runs.number = ?1 AND change.value ->> 'staged' IS NOT NULL
UNION SELECT digest FROM artifacts WHERE run = ?1
UNION SELECT digest FROM run_data WHERE run = ?1 AND stored AND digest IS NOT NULL
)sql";

}  // namespace

ports::RecordedContent SqliteRecordKeeper::recorded_content() const
{
  const ReadTransaction transaction(database_);
  ports::RecordedContent content;
  Statement named(database_, k_named);
  while (named.step()) {
    content.needed.push_back({named.digest(0), named.boolean(1)});
  }
  Statement former(database_, "SELECT digest, reason FROM former_content ORDER BY number DESC");
  while (former.step()) {
    content.former.push_back({{former.digest(0), false}, former.text(1)});
  }
  Statement condemned(database_,
                      "SELECT digest FROM forgotten_content WHERE NOT folder AND NOT destroyed");
  while (condemned.step()) {
    content.condemned.insert(condemned.digest(0));
  }
  return content;
}

template <typename Action>
void SqliteRecordKeeper::erase(Action action)
{
  database_.require_writable();
  database_.execute("PRAGMA secure_delete = ON");
  {
    Transaction transaction(database_);
    action();
    transaction.commit();
  }
  // Another process may be reading the log; the next commit that finds it long empties it.
  database_.empty_log();
}

void SqliteRecordKeeper::forget(const ports::ForgottenRecords& records)
{
  const std::string date = records.at.to_iso8601().substr(0, 10);
  erase([&] {
    for (const model::RunId& run : records.runs) {
      forget_run(run, date);
    }
    for (const model::Digest& snapshot : records.snapshots) {
      forget_snapshot(snapshot, date);
    }
    delete_unused_environments(database_);
    database_.execute(
        "DELETE FROM experiments WHERE created_at IS NULL AND number NOT IN"
        " (SELECT experiment FROM runs UNION SELECT experiment FROM logged_datasets"
        " UNION SELECT experiment FROM logged_models);"
        "DELETE FROM table_profiles WHERE snapshot NOT IN (SELECT snapshot FROM dataset_entries)"
        " AND snapshot NOT IN (SELECT snapshot FROM run_data WHERE snapshot IS NOT NULL)");
  });
}

void SqliteRecordKeeper::forget_run(const model::RunId& id, const std::string& date)
{
  std::int64_t number = 0;
  std::string reason;
  {
    Statement row(database_,
                  "SELECT number, name, status = 'running' AND client = 0 FROM runs WHERE id = ?");
    if (!row.bind(id).step()) {
      throw model::Error(model::ErrorKind::not_found, "run '" + id.str() + "': no such run");
    }
    if (row.boolean(2)) {
      throw model::Error(model::ErrorKind::conflict, "run " + row.text(1) + " is running",
                         "forget it when it has ended");
    }
    number = row.integer(0);
    reason = "of run " + row.text(1) + ", forgotten on " + date;
  }
  Statement(database_, std::string("INSERT INTO former_content (digest, reason) SELECT digest, ?2"
                                   " FROM (") +
                           k_content_of_run + ")")
      .bind(number, reason)
      .run();
  Statement(database_, "DELETE FROM dataset_entries WHERE run = ?").bind(id).run();
  Statement(database_, "DELETE FROM runs WHERE number = ?").bind(number).run();
}

void SqliteRecordKeeper::forget_snapshot(const model::Digest& id, const std::string& date)
{
  constexpr const char* k_own =
      " snapshot = ?1 AND (run IS NULL OR run NOT IN (SELECT id FROM runs))";
  {
    Statement row(database_, std::string("SELECT 1 FROM dataset_entries WHERE") + k_own);
    if (!row.bind(id).step()) {
      throw model::Error(model::ErrorKind::not_found,
                         "snapshot '" + id.hex().substr(0, 12) + "' is on record no more");
    }
  }
  Statement(database_, std::string("INSERT INTO former_content (digest, reason) SELECT DISTINCT"
                                   " root_digest, 'of snapshot ' || substr(snapshot, 1, 12) ||"
                                   " ' of ' || path || ', forgotten on ' || ?2"
                                   " FROM dataset_entries WHERE stored AND") +
                           k_own)
      .bind(id, date)
      .run();
  // A run that was recorded before its entries said so must keep what its data is known by.
  Statement(
      database_,
      "UPDATE dataset_entries SET run = (SELECT r.id FROM run_data d JOIN runs r ON"
      " r.number = d.run WHERE d.snapshot = ?1 AND d.stored LIMIT 1), name = ''"
      " WHERE number = (SELECT max(number) FROM dataset_entries WHERE snapshot = ?1 AND stored)"
      " AND NOT EXISTS (SELECT 1 FROM dataset_entries WHERE snapshot = ?1 AND run IN"
      " (SELECT id FROM runs))"
      " AND EXISTS (SELECT 1 FROM run_data WHERE snapshot = ?1 AND stored)")
      .bind(id)
      .run();
  Statement(database_, std::string("DELETE FROM dataset_entries WHERE") + k_own).bind(id).run();
}

void SqliteRecordKeeper::condemn(const std::vector<ports::CondemnedContent>& content,
                                 model::Timestamp at)
{
  erase([&] {
    Statement row(database_,
                  "INSERT OR REPLACE INTO forgotten_content (digest, folder, path, at, destroyed)"
                  " VALUES (?, ?, ?, ?, ?)");
    Statement profile(database_, "DELETE FROM table_profiles WHERE digest = ?");
    for (const ports::CondemnedContent& item : content) {
      row.bind(item.digest, item.folder, item.path, at, item.folder).run();
      profile.bind(item.digest).run();
    }
  });
}

void SqliteRecordKeeper::set_destroyed(const std::set<model::Digest>& content)
{
  Transaction transaction(database_);
  Statement row(database_, "UPDATE forgotten_content SET destroyed = 1 WHERE digest = ?");
  for (const model::Digest& digest : content) {
    row.bind(digest).run();
  }
  row.reset();
  transaction.commit();
}

std::map<model::Digest, model::Timestamp> SqliteRecordKeeper::forgotten_content() const
{
  std::map<model::Digest, model::Timestamp> found;
  Statement rows(database_, "SELECT digest, at FROM forgotten_content WHERE NOT folder");
  while (rows.step()) {
    found.emplace(rows.digest(0), rows.time(1));
  }
  return found;
}

void SqliteRecordKeeper::forget_former(const std::vector<std::string>& reasons)
{
  if (reasons.empty()) {
    return;
  }
  erase([&] {
    Statement row(database_, "DELETE FROM former_content WHERE reason = ?");
    for (const std::string& reason : reasons) {
      row.bind(reason).run();
    }
  });
}

}  // namespace mlrepro::sqlite
