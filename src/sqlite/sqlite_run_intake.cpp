// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_run_intake.hpp"

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "sqlite/intake_registry_rows.hpp"
#include "sqlite/intake_run_rows.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

using ports::IntakeKnown;

template <typename Id>
IntakeKnown known(const Database& database, const char* sql, const Id& id)
{
  Statement row(database, sql);
  if (!row.bind(id).step()) {
    return {};
  }
  return {true, row.optional_digest(0)};
}

// The number that the experiment had, where it is free here. 0 is that of "Default", for ever.
std::optional<std::int64_t> free_number(const Database& database,
                                        const model::MlflowExperiment& experiment)
{
  const auto wanted = format::parse_integer(experiment.id);
  const bool is_default = experiment.name == "Default";
  if (!wanted || *wanted < 0 || (*wanted == model::k_default_experiment) != is_default) {
    return std::nullopt;
  }
  Statement taken(database, "SELECT 1 FROM experiments WHERE number = ?");
  return taken.bind(*wanted).step() ? std::nullopt : wanted;
}

ports::IntakeExperiment find_or_make(const Database& database,
                                     const model::MlflowExperiment& experiment,
                                     model::Timestamp now)
{
  Statement row(database, "SELECT number, deleted_at IS NOT NULL FROM experiments WHERE name = ?");
  if (row.bind(experiment.name).step()) {
    return {row.integer(0), false, row.boolean(1)};
  }
  row.reset();
  const model::Timestamp created = experiment.created_at.value_or(now);
  const model::Timestamp updated = experiment.updated_at.value_or(created);
  Statement(database,
            "INSERT INTO experiments (number, name, created_at, updated_at, deleted_at)"
            " VALUES (?, ?, ?, ?, ?)")
      .bind(free_number(database, experiment), experiment.name, created, updated,
            experiment.deleted ? std::optional(updated) : std::nullopt)
      .run();
  return {database.last_row(), true, experiment.deleted};
}

}  // namespace

std::optional<std::int64_t> SqliteRunIntake::find_experiment(const std::string& name)
{
  Statement row(database_, "SELECT number FROM experiments WHERE name = ?");
  return row.bind(name).step() ? std::optional(row.integer(0)) : std::nullopt;
}

IntakeKnown SqliteRunIntake::known_run(const model::RunId& id)
{
  return known(database_,
               "SELECT i.state FROM runs r LEFT JOIN imported_runs i ON i.run = r.number"
               " WHERE r.id = ?",
               id);
}

IntakeKnown SqliteRunIntake::known_model(const std::string& id)
{
  return known(database_,
               "SELECT i.state FROM logged_models m LEFT JOIN imported_logged_models i"
               " ON i.model = m.number WHERE m.id = ?",
               id);
}

IntakeKnown SqliteRunIntake::known_registered_model(const std::string& name)
{
  return known(database_,
               "SELECT i.state FROM registered_models m LEFT JOIN imported_registered_models i"
               " ON i.model = m.number WHERE m.name = ?",
               name);
}

ports::IntakeExperiment SqliteRunIntake::take(const model::MlflowExperiment& experiment,
                                              model::Timestamp now)
{
  Transaction transaction(database_);
  const ports::IntakeExperiment taken = find_or_make(database_, experiment, now);
  {
    // What was said here stays.
    Statement tag(database_,
                  "INSERT OR IGNORE INTO experiment_tags (experiment, key, value)"
                  " VALUES (?, ?, ?)");
    for (const auto& [key, value] : experiment.tags) {
      tag.bind(taken.number, key, value).run();
    }
  }
  transaction.commit();
  return taken;
}

void SqliteRunIntake::take(std::span<const ports::IntakeRun> runs, const ports::IntakeCalls& calls,
                           model::Timestamp now)
{
  Transaction transaction(database_);
  for (const ports::IntakeRun& run : runs) {
    database_.execute("SAVEPOINT intake");
    try {
      write_intake_run(database_, run, calls, now);
      database_.execute("RELEASE intake");
    } catch (const model::Error& error) {
      if (error.kind() != model::ErrorKind::conflict) {
        throw;
      }
      database_.execute("ROLLBACK TO intake; RELEASE intake");
      calls.troubles({"run", run.run.id, error.message()});
    }
  }
  transaction.commit();
}

void SqliteRunIntake::take(const ports::IntakeModel& model)
{
  Transaction transaction(database_);
  write_intake_model(database_, model);
  transaction.commit();
}

void SqliteRunIntake::take(const ports::IntakeRegisteredModel& model,
                           const model::TroubleSink& troubles)
{
  Transaction transaction(database_);
  write_intake_registered_model(database_, model, troubles);
  transaction.commit();
}

}  // namespace mlrepro::sqlite
