// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_snapshot_store.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/filter_sql.hpp"
#include "sqlite/query_rows.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

model::Snapshot read_snapshot(const Statement& row)
{
  const std::int64_t type = row.integer(5);
  if (type < 0 || type > static_cast<std::int64_t>(model::EntryType::symlink)) {
    throw model::Error(model::ErrorKind::corrupt, "the store names an impossible type of file");
  }
  model::Snapshot snapshot;
  snapshot.id = row.digest(0);
  snapshot.name = row.text(1);
  snapshot.path = row.text(2);
  snapshot.created_at = row.time(3);
  snapshot.root.name = row.text(4);
  snapshot.root.type = static_cast<model::EntryType>(type);
  snapshot.root.executable = row.boolean(6);
  snapshot.root.size = row.unsigned_integer(7);
  snapshot.root.files = row.unsigned_integer(8);
  snapshot.root.digest = row.digest(9);
  snapshot.stored_bytes = row.unsigned_integer(10);
  snapshot.new_bytes = row.unsigned_integer(11);
  snapshot.stored = row.boolean(12) ? model::Stored::content : model::Stored::identity_only;
  snapshot.source_kind = row.text(13);
  snapshot.source_uri = row.optional_text(14);
  snapshot.source_query = row.optional_text(15);
  snapshot.run = row.optional_run_id(16);
  snapshot.forgotten = row.optional_time(17);
  return snapshot;
}

constexpr const char* k_select_entries =
    "SELECT snapshot, name, path, created_at, root_name, root_type, root_executable,"
    " root_size, root_files, root_digest, stored_bytes, new_bytes, stored, source_kind,"
    " source_uri, source_query, run,"
    " (SELECT at FROM forgotten_content f WHERE f.digest = root_digest), number"
    " FROM dataset_entries WHERE ";

std::vector<model::Snapshot> read_rows(const Database& database, const SqlText& sql)
{
  Statement rows(database, sql.text);
  int index = 0;
  for (const Value& value : sql.values) {
    rows.put(++index, value);
  }
  std::vector<model::Snapshot> found;
  while (rows.step()) {
    found.push_back(read_snapshot(rows));
    if (found.back().source_kind != "path") {
      found.back().result = read_query_result(database, rows.integer(18));
    }
  }
  return found;
}

SqlText select_snapshots(const ports::SnapshotQuery& query)
{
  SqlText sql{std::string(k_select_entries) + "1", {}};
  if (!query.id_prefix.empty()) {
    const SqlText id = starts_with("snapshot", query.id_prefix);
    const SqlText digest = starts_with("root_digest", query.id_prefix);
    sql.text += " AND ((" + id.text + ") OR (" + digest.text + "))";
    sql.values.insert(sql.values.end(), id.values.begin(), id.values.end());
    sql.values.insert(sql.values.end(), digest.values.begin(), digest.values.end());
  }
  if (!query.name.empty()) {
    sql.text += " AND (name = ? OR path = ?)";
    sql.values.insert(sql.values.end(), 2, query.name);
  }
  if (query.of_queries) {
    sql.text += " AND number IN (SELECT entry FROM query_results)";
  }
  sql.text += " ORDER BY created_at DESC, number DESC";
  if (query.limit) {
    sql.text += " LIMIT ?";
    sql.values.emplace_back(static_cast<std::int64_t>(*query.limit));
  }
  return sql;
}

}  // namespace

void write_entry(const Database& database, const model::Snapshot& snapshot)
{
  const model::TreeEntry& root = snapshot.root;
  Statement(database,
            "INSERT INTO dataset_entries (snapshot, name, path, created_at, root_name, root_type,"
            " root_executable, root_size, root_files, root_digest, stored_bytes, new_bytes, stored,"
            " source_kind, source_uri, source_query, run)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(snapshot.id, snapshot.name, snapshot.path, snapshot.created_at, root.name,
            static_cast<int>(root.type), root.executable, root.size, root.files, root.digest,
            snapshot.stored_bytes, snapshot.new_bytes, snapshot.stored == model::Stored::content,
            snapshot.source_kind, snapshot.source_uri, snapshot.source_query, snapshot.run)
      .run();
  if (snapshot.result) {
    write_query_result(database, database.last_row(), *snapshot.result);
  }
}

std::vector<model::Snapshot> read_entries(const Database& database, SqlText condition)
{
  condition.text = k_select_entries + condition.text + " ORDER BY number";
  return read_rows(database, condition);
}

void SqliteSnapshotStore::record(const model::Snapshot& snapshot)
{
  Transaction transaction(database_);
  write_entry(database_, snapshot);
  if (snapshot.stored == model::Stored::content) {
    // All of it is here again.
    Statement(database_, "DELETE FROM forgotten_content WHERE digest = ? AND destroyed")
        .bind(snapshot.root.digest)
        .run();
  }
  transaction.commit();
}

std::vector<model::Snapshot> SqliteSnapshotStore::list(const ports::SnapshotQuery& query) const
{
  return read_rows(database_, select_snapshots(query));
}

std::vector<model::RunId> SqliteSnapshotStore::users(const model::Digest& id) const
{
  Statement rows(database_,
                 "SELECT r.id FROM runs r WHERE r.number IN"
                 " (SELECT d.run FROM run_data d WHERE d.snapshot = ?)"
                 " ORDER BY r.started_at DESC, r.number DESC");
  std::vector<model::RunId> found;
  for (rows.bind(id); rows.step();) {
    found.push_back(rows.run_id(0));
  }
  return found;
}

}  // namespace mlrepro::sqlite
