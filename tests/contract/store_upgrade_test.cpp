// SPDX-License-Identifier: Apache-2.0
// Stores that were made before a column was there.
#include <gtest/gtest.h>

#include "sqlite/connection_pool.hpp"
#include "sqlite/database.hpp"
#include "sqlite/sqlite_client_runs.hpp"
#include "sqlite/sqlite_experiment_store.hpp"
#include "sqlite/sqlite_model_registry.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro {
namespace {

constexpr std::int64_t k_before_places = 12;  // migrations

struct StoreUpgrade : ::testing::Test {
  testing::TempDir folder;
  std::string path = folder / "mlrepro.db";
  model::RunId id = model::RunId::from_bytes({1});

  void log(sqlite::ConnectionPool& pool, double value, std::int64_t time) const
  {
    ports::ClientBatch batch;
    batch.metrics.push_back({{"loss", value, 1, {time}}, "", "", ""});
    sqlite::SqliteClientRuns(pool).log(id, batch, {9});
  }
  model::MetricObservation last(sqlite::ConnectionPool& pool) const
  {
    return sqlite::SqliteClientRuns(pool).find(id)->metrics.at(0);
  }
  void make_old_store() const
  {
    {
      sqlite::ConnectionPool pool(path, sqlite::Durability::process);
      ports::NewRun run;
      run.id = id;
      run.experiment = sqlite::SqliteExperimentStore(pool).create("e", {}, {1});
      run.name = "r";
      sqlite::SqliteClientRuns(pool).create(run);
      log(pool, 5, 1000);
      log(pool, 5, 500);
      sqlite::SqliteModelRegistry registry(pool);
      model::RegisteredModel model;
      model.name = "m";
      registry.create(model);
      model::ModelVersion version;
      version.name = "m";
      version.source = "mlflow-artifacts:/0/x/artifacts/m";
      registry.create_version(version);
    }
    sqlite::Database database = sqlite::Database::open(path, sqlite::Mode::read_write);
    database.execute("ALTER TABLE metrics DROP COLUMN last_time_ms");
    database.execute("ALTER TABLE model_versions DROP COLUMN place");
    database.execute("PRAGMA user_version = " + std::to_string(k_before_places));
  }
};

TEST_F(StoreUpgrade, LooksTheTimeOfALastPointUpWhereNoneWasKept)
{
  make_old_store();
  sqlite::ConnectionPool pool(path, sqlite::Durability::process);
  EXPECT_EQ(last(pool).value, 5);
  EXPECT_GE(last(pool).time.ms, 500);
  log(pool, 3, 700);  // before the first point
  EXPECT_EQ(last(pool).value, 5);
  EXPECT_EQ(last(pool).time.ms, 1000);
  log(pool, 4, 2000);
  EXPECT_EQ(last(pool).value, 4);
  EXPECT_EQ(last(pool).time.ms, 2000);
}

TEST_F(StoreUpgrade, VersionsOfAnOlderStoreAreWhereTheirSourceIs)
{
  make_old_store();
  sqlite::ConnectionPool pool(path, sqlite::Durability::process);
  sqlite::SqliteModelRegistry registry(pool);
  const model::ModelVersion version = registry.get_version({"m", 1});
  EXPECT_EQ(version.source, "mlflow-artifacts:/0/x/artifacts/m");
  EXPECT_EQ(version.place, "");
  EXPECT_EQ(
      sqlite::Database::open(path, sqlite::Mode::read_write).query_integer("PRAGMA user_version"),
      static_cast<std::int64_t>(sqlite::migrations().size()));
}

}  // namespace
}  // namespace mlrepro
