// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "mlrepro/ports/mlflow_store.hpp"
#include "sources/mlflow_folder.hpp"

namespace mlrepro::sources {

// "mlruns": a folder an experiment, in it a folder a run, in it a file a value.
class MlflowFileStore final : public ports::MlflowStore {
 public:
  // The tree outlives this. Throws Error{corrupt} where it is no such store.
  explicit MlflowFileStore(const ports::ContainedTree& tree);

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
  void add_experiments(const std::string& folder, std::vector<model::MlflowExperiment>& found,
                       const model::TroubleSink& troubles);
  void count_unused_datasets(const std::string& folder, const std::vector<std::string>& runs);
  [[nodiscard]] std::string folder_of(const std::string& experiment) const;
  void read_inputs(const std::string& experiment, const std::string& run, model::MlflowRun& record,
                   const model::TroubleSink& troubles) const;
  void read_outputs(const std::string& run, model::MlflowRun& record,
                    const model::TroubleSink& troubles) const;
  [[nodiscard]] std::optional<model::MlflowModel> read_model(
      const std::string& folder, const model::TroubleSink& troubles) const;
  [[nodiscard]] std::optional<model::ModelVersion> read_version(
      const std::string& folder, const std::string& model,
      const model::TroubleSink& troubles) const;

  MlflowFolder files_;
  std::map<std::string, std::string> folders_;  // where each experiment is
  std::uint64_t unused_datasets_ = 0;
};

}  // namespace mlrepro::sources
