// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_model_registry.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/registry_rows.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

using model::Error;
using model::ErrorKind;

void check_free(const Database& database, const std::string& name)
{
  Statement row(database, "SELECT 1 FROM registered_models WHERE name = ?");
  if (row.bind(name).step()) {
    throw Error(ErrorKind::conflict, "Registered Model (name=" + name + ") already exists.");
  }
}

template <typename Item>
ports::Page<Item> read_page(const Database& database, const RowSearch& search,
                            const ports::SearchRequest& request,
                            Item (*read)(const Database&, std::int64_t))
{
  return page_of(find_rows(database, search, request.limit, request.after),
                 [&](std::int64_t number) { return read(database, number); });
}

void archive_others(const Database& database, std::int64_t version, const std::string& stage,
                    model::Timestamp now)
{
  Statement(database,
            "UPDATE model_versions SET stage = 'Archived', updated_at = ?1 WHERE stage = ?2"
            " AND number <> ?3 AND model = (SELECT model FROM model_versions WHERE number = ?3)")
      .bind(now, stage, version)
      .run();
}

void touch_model_of(const Database& database, std::int64_t version, model::Timestamp now)
{
  Statement(database,
            "UPDATE registered_models SET updated_at = ? WHERE number ="
            " (SELECT model FROM model_versions WHERE number = ?)")
      .bind(now, version)
      .run();
}

}  // namespace

void SqliteModelRegistry::create(const model::RegisteredModel& model)
{
  pool_.write([&](Database& database) {
    check_free(database, model.name);
    Statement(database,
              "INSERT INTO registered_models (name, description, created_at, updated_at)"
              " VALUES (?, ?, ?, ?)")
        .bind(model.name, model.description, model.created_at, model.updated_at)
        .run();
    const std::int64_t number = database.last_row();
    Statement tag(database,
                  "INSERT INTO registered_model_tags (model, key, value) VALUES (?, ?, ?)");
    for (const auto& [key, value] : model.tags) {
      tag.bind(number, key, value).run();
    }
  });
}

void SqliteModelRegistry::rename(const std::string& name, const std::string& new_name,
                                 model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_model(database, name);
    if (name != new_name) {
      check_free(database, new_name);
    }
    Statement(database, "UPDATE registered_models SET name = ?, updated_at = ? WHERE number = ?")
        .bind(new_name, now, number)
        .run();
  });
}

void SqliteModelRegistry::describe(const std::string& name, const std::string& description,
                                   model::Timestamp now)
{
  pool_.write([&](Database& database) {
    Statement(database,
              "UPDATE registered_models SET description = ?, updated_at = ? WHERE number = ?")
        .bind(description, now, require_model(database, name))
        .run();
  });
}

void SqliteModelRegistry::remove(const std::string& name)
{
  pool_.write([&](Database& database) {
    Statement(database, "DELETE FROM registered_models WHERE number = ?")
        .bind(require_model(database, name))
        .run();
  });
}

void SqliteModelRegistry::set_tag(const std::string& name, const std::string& key,
                                  const std::string& value, model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_model(database, name);
    Statement(database,
              "INSERT OR REPLACE INTO registered_model_tags (model, key, value) VALUES (?, ?, ?)")
        .bind(number, key, value)
        .run();
    touch_model(database, number, now);
  });
}

void SqliteModelRegistry::delete_tag(const std::string& name, const std::string& key,
                                     model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_model(database, name);
    Statement(database, "DELETE FROM registered_model_tags WHERE model = ? AND key = ?")
        .bind(number, key)
        .run();
    touch_model(database, number, now);
  });
}

void SqliteModelRegistry::set_alias(const ports::VersionName& version, const std::string& alias,
                                    model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_model(database, version.model);
    (void)require_version(database, version);
    Statement(database,
              "INSERT OR REPLACE INTO registered_model_aliases (model, alias, version)"
              " VALUES (?, ?, ?)")
        .bind(number, alias, version.version)
        .run();
    touch_model(database, number, now);
  });
}

void SqliteModelRegistry::delete_alias(const std::string& name, const std::string& alias,
                                       model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_model(database, name);
    Statement(database, "DELETE FROM registered_model_aliases WHERE model = ? AND alias = ?")
        .bind(number, alias)
        .run();
    touch_model(database, number, now);
  });
}

model::RegisteredModel SqliteModelRegistry::get(const std::string& name)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    return read_registered_model(database, require_model(database, name));
  });
}

ports::Page<model::RegisteredModel> SqliteModelRegistry::search(const ports::SearchRequest& request)
{
  const RowSearch search = registered_model_search(request);
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    return read_page(database, search, request, read_registered_model);
  });
}

model::ModelVersion SqliteModelRegistry::version_of_alias(const std::string& name,
                                                          const std::string& alias)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    Statement row(database,
                  "SELECT version FROM registered_model_aliases WHERE model = ? AND alias = ?");
    if (!row.bind(require_model(database, name), alias).step()) {
      throw Error(ErrorKind::usage, "Registered model alias " + alias + " not found.");
    }
    return read_model_version(database, require_version(database, {name, row.integer(0)}));
  });
}

std::int64_t SqliteModelRegistry::create_version(const model::ModelVersion& version)
{
  return pool_.write([&](Database& database) {
    const std::int64_t model = require_model(database, version.name);
    Statement highest(database,
                      "SELECT coalesce(max(version), 0) + 1 FROM model_versions WHERE model = ?");
    highest.bind(model).step();
    const std::int64_t next = highest.integer(0);
    highest.reset();
    Statement(database,
              "INSERT INTO model_versions (model, version, source, run_id, run_link, model_id,"
              " description, user_id, stage, created_at, updated_at, place)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(model, next, version.source, version.run_id, version.run_link, version.model_id,
              version.description, version.user, version.stage, version.created_at,
              version.updated_at, version.place)
        .run();
    const std::int64_t number = database.last_row();
    Statement tag(database,
                  "INSERT INTO model_version_tags (version, key, value) VALUES (?, ?, ?)");
    for (const auto& [key, value] : version.tags) {
      tag.bind(number, key, value).run();
    }
    touch_model(database, model, version.created_at);
    return next;
  });
}

void SqliteModelRegistry::change_version(const ports::VersionName& version,
                                         const ports::VersionChange& change, model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_version(database, version);
    Statement(database,
              "UPDATE model_versions SET description = coalesce(?, description),"
              " stage = coalesce(?, stage), updated_at = ? WHERE number = ?")
        .bind(change.description, change.stage, now, number)
        .run();
    if (change.archive_others && change.stage) {
      archive_others(database, number, *change.stage, now);
    }
    touch_model_of(database, number, now);
  });
}

void SqliteModelRegistry::remove_version(const ports::VersionName& version, model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t number = require_version(database, version);
    touch_model_of(database, number, now);
    Statement(database,
              "DELETE FROM registered_model_aliases WHERE version = ? AND model ="
              " (SELECT model FROM model_versions WHERE number = ?)")
        .bind(version.version, number)
        .run();
    Statement(database, "DELETE FROM model_versions WHERE number = ?").bind(number).run();
  });
}

void SqliteModelRegistry::set_version_tag(const ports::VersionName& version, const std::string& key,
                                          const std::string& value)
{
  pool_.write([&](Database& database) {
    Statement(database,
              "INSERT OR REPLACE INTO model_version_tags (version, key, value) VALUES (?, ?, ?)")
        .bind(require_version(database, version), key, value)
        .run();
  });
}

void SqliteModelRegistry::delete_version_tag(const ports::VersionName& version,
                                             const std::string& key)
{
  pool_.write([&](Database& database) {
    Statement(database, "DELETE FROM model_version_tags WHERE version = ? AND key = ?")
        .bind(require_version(database, version), key)
        .run();
  });
}

model::ModelVersion SqliteModelRegistry::get_version(const ports::VersionName& version)
{
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    return read_model_version(database, require_version(database, version));
  });
}

ports::Page<model::ModelVersion> SqliteModelRegistry::search_versions(
    const ports::SearchRequest& request)
{
  const RowSearch search = model_version_search(request);
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    return read_page(database, search, request, read_model_version);
  });
}

}  // namespace mlrepro::sqlite
