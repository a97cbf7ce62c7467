// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/mlflow/service.hpp"
#include "sqlite/connection_pool.hpp"
#include "sqlite/sqlite_client_runs.hpp"
#include "sqlite/sqlite_experiment_store.hpp"
#include "sqlite/sqlite_logged_models.hpp"
#include "sqlite/sqlite_model_registry.hpp"

namespace mlrepro::cli {

// What stands behind the ports of the MLflow service: a database, with connections of its own.
class MlflowStores {
 public:
  MlflowStores(const std::string& database_path, sqlite::Durability durability)
      : pool_(database_path, durability)
  {
  }

  [[nodiscard]] mlflow::ServicePorts ports(const ports::Clock& clock, ports::Reporter& reporter,
                                           ports::DatasetSources& sources)
  {
    return {experiments_, runs_, registry_, models_, sources, clock, reporter};
  }
  [[nodiscard]] sqlite::ConnectionPool& pool() { return pool_; }

 private:
  sqlite::ConnectionPool pool_;
  sqlite::SqliteExperimentStore experiments_{pool_};
  sqlite::SqliteClientRuns runs_{pool_};
  sqlite::SqliteModelRegistry registry_{pool_};
  sqlite::SqliteLoggedModels models_{pool_};
};

}  // namespace mlrepro::cli
