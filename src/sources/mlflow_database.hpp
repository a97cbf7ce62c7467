// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/ports/mlflow_store.hpp"
#include "sources/mlflow_tables.hpp"

namespace mlrepro::sources {

// "mlflow.db": MLflow's tables in SQLite, of any of its versions.
class MlflowDatabase final : public ports::MlflowStore {
 public:
  // Nothing is written to the file, nor beside it: where reading would do that, or take part in
  // somebody's writing, `copy` (an empty folder, private) gets a copy and that is read. `path` is
  // absolute. Throws Error{corrupt} where it is no such database.
  MlflowDatabase(const std::string& path, const std::string& copy);

  [[nodiscard]] std::vector<model::MlflowExperiment> experiments(
      const model::TroubleSink& troubles) override;
  [[nodiscard]] std::vector<std::string> runs(const model::MlflowExperiment& experiment,
                                              const model::TroubleSink& troubles) override;
  [[nodiscard]] std::optional<model::MlflowRun> run(const model::MlflowExperiment& experiment,
                                                    const std::string& id,
                                                    const model::TroubleSink& troubles) override;
  [[nodiscard]] std::vector<model::MetricPoint> points(const model::MlflowRun& run,
                                                       const std::string& key,
                                                       const model::TroubleSink& troubles) override;
  [[nodiscard]] std::vector<model::MlflowModel> models(const model::MlflowExperiment& experiment,
                                                       const model::TroubleSink& troubles) override;
  [[nodiscard]] std::vector<model::MlflowRegisteredModel> registered_models(
      const model::TroubleSink& troubles) override;
  [[nodiscard]] std::map<std::string, std::uint64_t> others(
      const model::TroubleSink& troubles) override;

 private:
  [[nodiscard]] std::optional<model::MlflowRun> read_run(const std::string& id,
                                                         const model::TroubleSink& troubles) const;
  void read_datasets(model::MlflowRun& run) const;
  [[nodiscard]] std::vector<model::ModelLink> links(const std::string& run,
                                                    const std::string& role) const;
  void read_model_values(model::MlflowModel& model) const;
  void read_versions(model::MlflowRegisteredModel& model, const model::TroubleSink& troubles) const;

  std::unique_ptr<ports::RowSource> source_;
  std::unique_ptr<MlflowTables> tables_;
};

}  // namespace mlrepro::sources
