// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/timestamp.hpp"

// Models as clients of MLflow's protocol see them.
namespace mlrepro::model {

enum class ModelStatus { pending, ready, failed };

// The last value of a metric that was logged for a model.
struct ModelMetric {
  std::string key;
  double value = 0;
  std::int64_t step = 0;
  Timestamp time;
  std::string run;                  // an id; empty: none was named
  std::string dataset_name;         // empty: none was named
  std::string dataset_fingerprint;  // the same
};

struct LoggedModel {
  std::string id;  // "m-" and 32 hexadecimal digits
  std::int64_t experiment = 0;
  std::string name;
  std::string model_type;
  std::string source_run;
  ModelStatus status = ModelStatus::pending;
  Timestamp created_at;
  Timestamp updated_at;
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  std::vector<ModelMetric> metrics;
};

struct ModelVersion {
  std::string name;
  std::int64_t version = 0;
  std::string source;
  std::string run_id;
  std::string run_link;
  std::string model_id;
  std::string description;
  std::string user;
  std::string stage = "None";
  Timestamp created_at;
  Timestamp updated_at;
  std::map<std::string, std::string> tags;
  std::vector<std::string> aliases;
  std::string place = {};  // source of the version that `source` named when this was made, or empty
};

struct RegisteredModel {
  std::string name;
  std::string description;
  Timestamp created_at;
  Timestamp updated_at;
  std::map<std::string, std::string> tags;
  std::map<std::string, std::int64_t> aliases;
  std::vector<ModelVersion> latest;  // one of each stage that has any
};

}  // namespace mlrepro::model
