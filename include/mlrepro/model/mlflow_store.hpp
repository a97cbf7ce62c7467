// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/client_run.hpp"
#include "mlrepro/model/model_registry.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/timestamp.hpp"

// A store of MLflow's, as it is found, and what became of it when it was imported.
namespace mlrepro::model {

struct MlflowExperiment {
  std::string id;
  std::string name;
  bool deleted = false;
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> updated_at;
  std::map<std::string, std::string> tags;
};

// One metric of a run. `extent` is a text of the store's own that changes when points come.
struct MlflowSeries {
  std::string key;
  std::string extent;
};

struct MlflowRun {
  std::string id;  // 32 hexadecimal digits, unless somebody chose another
  std::string experiment;
  std::string name;
  std::string user;
  RunStatus status = RunStatus::running;
  bool deleted = false;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> ended_at;
  std::optional<Timestamp> deleted_at;
  std::string artifact_uri;
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  std::vector<MlflowSeries> metrics;
  std::vector<DatasetLink> datasets;
  std::vector<ModelLink> models_read;
  std::vector<ModelLink> models_made;
};

// A model as 3.x clients log it. The number of its experiment is of no meaning.
struct MlflowModel {
  LoggedModel record;
  std::string experiment;
  std::string artifact_uri;
  bool deleted = false;
};

// A registered model with all its versions; their aliases are those of the record.
struct MlflowRegisteredModel {
  RegisteredModel record;
  std::vector<ModelVersion> versions;
};

// Something that did not come along, or not as it is there.
struct ImportTrouble {
  std::string kind;   // "run", "metric", "artifact" and their like: what it is counted as
  std::string where;  // its path or id in the store
  std::string why;
  bool lost = true;  // false: it has no place here, or is nothing of MLflow's
};
using TroubleSink = std::function<void(ImportTrouble)>;

// What an import did, or would do.
struct MlflowImport {
  struct Tally {
    std::uint64_t added = 0;
    std::uint64_t changed = 0;    // known before, and now as they are there
    std::uint64_t unchanged = 0;  // known before, nothing to do
  };

  std::string source;
  bool dry_run = false;
  Tally experiments;  // `changed` is not counted
  Tally runs;
  Tally models;               // logged ones
  Tally registered_models;    // with their versions
  std::uint64_t running = 0;  // of the runs, those that have not ended there
  std::uint64_t artifacts = 0;
  std::uint64_t artifact_bytes = 0;
  std::uint64_t new_bytes = 0;                  // that the store grew by
  std::vector<ImportTrouble> lost;              // could not be read, or clashes with what is here
  std::vector<ImportTrouble> left_out;          // has no place here, or came in another form
  std::map<std::string, std::uint64_t> others;  // by kind: there is nothing like them here
};

}  // namespace mlrepro::model
