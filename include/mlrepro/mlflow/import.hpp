// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/mlflow_store.hpp"
#include "mlrepro/ports/clock.hpp"
#include "mlrepro/ports/contained_tree.hpp"
#include "mlrepro/ports/digester.hpp"
#include "mlrepro/ports/mlflow_store.hpp"
#include "mlrepro/ports/object_store.hpp"
#include "mlrepro/ports/reporter.hpp"
#include "mlrepro/ports/run_intake.hpp"

namespace mlrepro::mlflow {

// A folder that artifacts may be read from.
struct ImportRoot {
  const ports::ContainedTree* tree = nullptr;
  bool given = false;  // by the user: tried before those that lie beside the store
};

struct ImportPorts {
  ports::MlflowStore& store;
  std::vector<ImportRoot> roots;
  ports::RunIntake* intake = nullptr;     // null: nothing is here yet; only for a dry run
  ports::ObjectStore* objects = nullptr;  // the same
  const ports::Digester& digester;
  const ports::Clock& clock;
  ports::Reporter& reporter;
};

struct ImportRequest {
  std::string source;  // the store's absolute path
  std::string base;    // the folder that relative paths in it are seen from
  bool dry_run = false;
};

// Takes the experiments, runs, models and artifacts of an MLflow store over, as if their clients
// had logged here. Some runs at a time, each wholly or not at all; what was taken before and has
// not changed there is left alone, so that an import that was stopped is taken up where it was.
// Throws Error{corrupt} when the store can't be read as a whole, and what the ports throw.
model::MlflowImport import_mlflow(const ImportPorts& ports, const ImportRequest& request);

}  // namespace mlrepro::mlflow
