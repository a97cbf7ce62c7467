// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/mlflow_store.hpp"

namespace mlrepro::ports {

// A store of MLflow's that is read and never written. What can't be read of it goes to `troubles`,
// with its place, and the rest is read on; Error{corrupt} when there is no going on.
class MlflowStore {
 public:
  MlflowStore() = default;
  MlflowStore(const MlflowStore&) = delete;
  MlflowStore& operator=(const MlflowStore&) = delete;
  virtual ~MlflowStore() = default;

  // Deleted ones too.
  [[nodiscard]] virtual std::vector<model::MlflowExperiment> experiments(
      const model::TroubleSink& troubles) = 0;
  // The ids of an experiment's runs, deleted ones too.
  [[nodiscard]] virtual std::vector<std::string> runs(const model::MlflowExperiment& experiment,
                                                      const model::TroubleSink& troubles) = 0;
  // Absent when it can't be read.
  [[nodiscard]] virtual std::optional<model::MlflowRun> run(
      const model::MlflowExperiment& experiment, const std::string& id,
      const model::TroubleSink& troubles) = 0;
  // All that can be read of one metric.
  [[nodiscard]] virtual std::vector<model::MetricPoint> points(
      const model::MlflowRun& run, const std::string& key, const model::TroubleSink& troubles) = 0;
  // An experiment's logged models, deleted ones too.
  [[nodiscard]] virtual std::vector<model::MlflowModel> models(
      const model::MlflowExperiment& experiment, const model::TroubleSink& troubles) = 0;
  [[nodiscard]] virtual std::vector<model::MlflowRegisteredModel> registered_models(
      const model::TroubleSink& troubles) = 0;
  // What else is in it, by kind: traces, for instance.
  [[nodiscard]] virtual std::map<std::string, std::uint64_t> others(
      const model::TroubleSink& troubles) = 0;
};

}  // namespace mlrepro::ports
