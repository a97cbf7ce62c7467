// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "mlflow/import_artifacts.hpp"
#include "mlrepro/mlflow/import.hpp"

namespace mlrepro::mlflow {

// Records that are taken together: first the content of their artifacts becomes durable, then one
// transaction names it.
class ImportBatch {
 public:
  // All of them outlive this. `result` counts what is taken.
  ImportBatch(const ImportPorts& ports, model::MlflowImport& result,
              const model::TroubleSink& troubles);
  ~ImportBatch();
  ImportBatch(const ImportBatch&) = delete;
  ImportBatch& operator=(const ImportBatch&) = delete;

  // The artifacts of the record are stored from `found`. What can't be read of them is told, and
  // takes the record's state away, so that it is tried again the next time.
  void add(ports::IntakeRun run, const FoundArtifacts& found);
  void add(ports::IntakeModel model, const FoundArtifacts& found);
  void flush();

 private:
  // False when not all of them could be read.
  bool store(const FoundArtifacts& found, std::vector<model::Artifact>& artifacts);
  void begin();
  void flush_if_full();
  [[nodiscard]] std::vector<model::MetricPoint> points(const ports::IntakeRun& run,
                                                       const std::string& key);

  const ImportPorts& ports_;
  model::MlflowImport& result_;
  const model::TroubleSink& troubles_;
  std::unique_ptr<ports::StoreHold> hold_;
  std::unique_ptr<ports::ObjectBatch> objects_;
  std::vector<ports::IntakeRun> runs_;
  std::vector<ports::IntakeModel> models_;
  std::set<std::string> incomplete_;  // runs of which points were lost
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace mlrepro::mlflow
