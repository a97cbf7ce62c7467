// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_experiment_store.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/run_search.hpp"
#include "sqlite/search_sql.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

using model::Error;
using model::ErrorKind;
using Kind = plan::FilterField::Kind;

constexpr const char* k_created =
    "coalesce(e.created_at, (SELECT min(r.started_at) FROM runs r WHERE r.experiment = e.number),"
    " 0)";
constexpr const char* k_updated =
    "coalesce(e.updated_at, e.created_at, (SELECT max(r.started_at) FROM runs r"
    " WHERE r.experiment = e.number), 0)";

model::ExperimentRecord read_experiment(const Database& database, std::int64_t number)
{
  Statement row(database, std::string("SELECT e.name, e.deleted_at IS NOT NULL, ") + k_created +
                              ", " + k_updated + " FROM experiments e WHERE e.number = ?");
  row.bind(number).step();
  model::ExperimentRecord experiment{number,      row.text(0), row.boolean(1),
                                     row.time(2), row.time(3), {}};
  Statement tags(database, "SELECT key, value FROM experiment_tags WHERE experiment = ?");
  for (tags.bind(number); tags.step();) {
    experiment.tags.emplace(tags.text(0), tags.text(1));
  }
  return experiment;
}

void check_name_free(const Database& database, const std::string& name)
{
  Statement row(database, "SELECT deleted_at IS NOT NULL FROM experiments WHERE name = ?");
  if (!row.bind(name).step()) {
    return;
  }
  throw Error(ErrorKind::conflict,
              "Experiment(name=" + name + ") already exists." +
                  (row.boolean(0) ? " It is deleted: restore it, or use another name." : ""));
}

void touch(const Database& database, std::int64_t number, model::Timestamp now)
{
  Statement(database, std::string("UPDATE experiments AS e SET created_at = ") + k_created +
                          ", updated_at = ? WHERE number = ?")
      .bind(now, number)
      .run();
}

// Runs go and come with their experiment; one that was deleted by itself stays so.
void set_runs_deleted(const Database& database, std::int64_t number,
                      std::optional<model::Timestamp> from, std::optional<model::Timestamp> to)
{
  Statement(database, "UPDATE runs SET deleted_at = ? WHERE experiment = ? AND deleted_at IS ?")
      .bind(to, number, from)
      .run();
}

SqlText field_value(const plan::FilterField& field)
{
  if (field.kind == Kind::tag) {
    return {"(SELECT t.value FROM experiment_tags t WHERE t.experiment = e.number AND t.key = ?)",
            {field.key}};
  }
  if (field.key == "created_at") {
    return {k_created, {}};
  }
  return {field.key == "updated_at" ? k_updated
                                    : (field.key == "experiment_id" ? "e.number" : "e.name"),
          {}};
}

OrderTerm order_term(const plan::SortKey& key)
{
  if (key.field.kind != Kind::attribute) {
    throw Error(ErrorKind::usage,
                "Invalid ordering key in order_by clause: experiments are"
                " ordered by their attributes");
  }
  const bool text = key.field.key == "name";
  return {{},
          field_value(key.field).text,
          "",
          text ? OrderTerm::Type::text : OrderTerm::Type::integer,
          key.descending};
}

}  // namespace

SqliteExperimentStore::SqliteExperimentStore(ConnectionPool& pool) : pool_(pool)
{
  constexpr const char* k_there =
      "SELECT count(*) FROM experiments WHERE number = 0 OR name = 'Default'";
  if (pool_.read([](Database& database) { return database.query_integer(k_there); }) > 0) {
    return;
  }
  pool_.write([](Database& database) {
    database.execute(
        "INSERT INTO experiments (number, name, created_at, updated_at)"
        " VALUES (0, 'Default', 0, 0) ON CONFLICT DO NOTHING");
  });
}

std::optional<model::ExperimentRecord> SqliteExperimentStore::find(std::int64_t number)
{
  return pool_.read([&](Database& database) -> std::optional<model::ExperimentRecord> {
    const ReadTransaction transaction(database);
    try {
      return read_experiment(database, require_experiment(database, number));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) {
        throw;
      }
      return std::nullopt;
    }
  });
}

std::optional<model::ExperimentRecord> SqliteExperimentStore::find_by_name(const std::string& name)
{
  return pool_.read([&](Database& database) -> std::optional<model::ExperimentRecord> {
    const ReadTransaction transaction(database);
    Statement row(database, "SELECT number FROM experiments WHERE name = ?");
    return row.bind(name).step() ? std::optional(read_experiment(database, row.integer(0)))
                                 : std::nullopt;
  });
}

std::int64_t SqliteExperimentStore::create(const std::string& name,
                                           const std::map<std::string, std::string>& tags,
                                           model::Timestamp now)
{
  return pool_.write([&](Database& database) {
    check_name_free(database, name);
    Statement(database, "INSERT INTO experiments (name, created_at, updated_at) VALUES (?, ?, ?)")
        .bind(name, now, now)
        .run();
    const std::int64_t number = database.last_row();
    Statement tag(database,
                  "INSERT INTO experiment_tags (experiment, key, value) VALUES (?, ?, ?)");
    for (const auto& [key, value] : tags) {
      tag.bind(number, key, value).run();
    }
    return number;
  });
}

void SqliteExperimentStore::rename(std::int64_t number, const std::string& name,
                                   model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t found = require_active_experiment(database, number);
    Statement same(database, "SELECT 1 FROM experiments WHERE number = ? AND name = ?");
    if (same.bind(found, name).step()) {
      return;
    }
    same.reset();
    if (found == model::k_default_experiment) {
      throw Error(ErrorKind::usage, "The experiment 'Default' keeps its name.");
    }
    check_name_free(database, name);
    Statement(database, "UPDATE experiments SET name = ? WHERE number = ?").bind(name, found).run();
    touch(database, found, now);
  });
}

void SqliteExperimentStore::set_deleted(std::int64_t number, bool deleted, model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t found = require_experiment(database, number);
    if (found == model::k_default_experiment) {
      throw Error(ErrorKind::usage, "The experiment 'Default' is always there.");
    }
    Statement row(database, "SELECT deleted_at FROM experiments WHERE number = ?");
    row.bind(found).step();
    const auto deleted_at = row.optional_time(0);
    row.reset();
    if (deleted_at.has_value() == deleted) {
      throw Error(ErrorKind::not_found,
                  "No Experiment with id=" + std::to_string(number) + " exists");
    }
    touch(database, found, now);
    set_runs_deleted(database, found, deleted_at, deleted ? std::optional(now) : std::nullopt);
    Statement(database, "UPDATE experiments SET deleted_at = ? WHERE number = ?")
        .bind(deleted ? std::optional(now) : std::nullopt, found)
        .run();
  });
}

void SqliteExperimentStore::set_tag(std::int64_t number, const std::string& key,
                                    const std::string& value, model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t found = require_active_experiment(database, number);
    Statement(database,
              "INSERT OR REPLACE INTO experiment_tags (experiment, key, value) VALUES (?, ?, ?)")
        .bind(found, key, value)
        .run();
    touch(database, found, now);
  });
}

void SqliteExperimentStore::delete_tag(std::int64_t number, const std::string& key,
                                       model::Timestamp now)
{
  pool_.write([&](Database& database) {
    const std::int64_t found = require_active_experiment(database, number);
    Statement(database, "DELETE FROM experiment_tags WHERE experiment = ? AND key = ?")
        .bind(found, key)
        .run();
    if (database.changes() == 0) {
      throw Error(ErrorKind::not_found,
                  "No tag with name: " + key + " in experiment with id " + std::to_string(number));
    }
    touch(database, found, now);
  });
}

ports::Page<model::ExperimentRecord> SqliteExperimentStore::search(
    const ports::SearchRequest& request)
{
  RowSearch search;
  search.number = "e.number";
  search.from = "experiments e";
  search.where = {"1", {}};
  if (request.lifecycle != ports::Lifecycle::all) {
    search.where.text = request.lifecycle == ports::Lifecycle::deleted ? "e.deleted_at IS NOT NULL"
                                                                       : "e.deleted_at IS NULL";
  }
  const auto filter = plan::parse_mlflow_filter(request.filter, plan::SearchKind::experiments);
  search.where.text += " AND ";
  append(search.where, to_condition(filter, [](const plan::Filter& comparison) {
           return compare_values(comparison, field_value);
         }));
  for (const plan::SortKey& key :
       plan::parse_mlflow_order(request.order, plan::SearchKind::experiments)) {
    search.order.push_back(order_term(key));
  }
  if (search.order.empty()) {
    search.order.push_back({{}, k_created, "", OrderTerm::Type::integer, true});
  }
  search.order.push_back({{}, "e.number", "", OrderTerm::Type::integer, false});
  search.signature = signature_of("experiments", request.order);
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    return page_of(find_rows(database, search, request.limit, request.after),
                   [&](std::int64_t number) { return read_experiment(database, number); });
  });
}

}  // namespace mlrepro::sqlite
