// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/timestamp.hpp"

// Runs and experiments as clients of MLflow's protocol see them.
namespace mlrepro::model {

// Experiment 0 is called "Default" and is always there.
constexpr std::int64_t k_default_experiment = 0;

struct ExperimentRecord {
  std::int64_t number = 0;
  std::string name;
  bool deleted = false;
  Timestamp created_at;
  Timestamp updated_at;
  std::map<std::string, std::string> tags;
};

struct MetricObservation {
  std::string key;
  double value = 0;
  std::int64_t step = 0;
  Timestamp time;
};

// What a client says about data that it used.
struct LoggedDataset {
  std::string name;
  std::string fingerprint;  // its digest, which is none of the content
  std::string source_type;
  std::string source;
  std::optional<std::string> schema;
  std::optional<std::string> profile;
};

struct DatasetLink {
  LoggedDataset dataset;
  std::map<std::string, std::string> tags;
  std::optional<Digest> snapshot;  // of what its source held
  std::optional<RunData> input;    // the same as the run's input, when it is linked
};

// A model that a run read or made.
struct ModelLink {
  std::string model_id;
  std::int64_t step = 0;
};

struct ClientRun {
  RunId id;
  std::int64_t experiment = 0;
  std::string name;
  std::string user;
  RunStatus status = RunStatus::running;
  Timestamp started_at;
  std::optional<Timestamp> ended_at;
  bool deleted = false;
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  std::vector<MetricObservation> metrics;  // the last of each
  std::vector<DatasetLink> datasets;
  std::vector<ModelLink> models_read;
  std::vector<ModelLink> models_made;
};

}  // namespace mlrepro::model
