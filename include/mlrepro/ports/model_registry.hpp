// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/model_registry.hpp"
#include "mlrepro/ports/page.hpp"

namespace mlrepro::ports {

struct VersionName {
  std::string model;
  std::int64_t version = 0;
};

struct VersionChange {
  std::optional<std::string> description;
  std::optional<std::string> stage;
  bool archive_others = false;  // of the new stage
};

// Registered models and their versions, for any number of threads. Every method that writes is one
// transaction. Errors are in the words of MLflow's protocol: not_found, conflict, usage.
class ModelRegistry {
 public:
  ModelRegistry() = default;
  ModelRegistry(const ModelRegistry&) = delete;
  ModelRegistry& operator=(const ModelRegistry&) = delete;
  virtual ~ModelRegistry() = default;

  virtual void create(const model::RegisteredModel& model) = 0;
  virtual void rename(const std::string& name, const std::string& new_name,
                      model::Timestamp now) = 0;
  virtual void describe(const std::string& name, const std::string& description,
                        model::Timestamp now) = 0;
  // With its versions.
  virtual void remove(const std::string& name) = 0;
  virtual void set_tag(const std::string& name, const std::string& key, const std::string& value,
                       model::Timestamp now) = 0;
  virtual void delete_tag(const std::string& name, const std::string& key,
                          model::Timestamp now) = 0;
  virtual void set_alias(const VersionName& version, const std::string& alias,
                         model::Timestamp now) = 0;
  virtual void delete_alias(const std::string& name, const std::string& alias,
                            model::Timestamp now) = 0;
  // Error{not_found}.
  [[nodiscard]] virtual model::RegisteredModel get(const std::string& name) = 0;
  [[nodiscard]] virtual Page<model::RegisteredModel> search(const SearchRequest& request) = 0;
  [[nodiscard]] virtual model::ModelVersion version_of_alias(const std::string& name,
                                                             const std::string& alias) = 0;

  // Gives it the next number, which is returned.
  virtual std::int64_t create_version(const model::ModelVersion& version) = 0;
  virtual void change_version(const VersionName& version, const VersionChange& change,
                              model::Timestamp now) = 0;
  virtual void remove_version(const VersionName& version, model::Timestamp now) = 0;
  virtual void set_version_tag(const VersionName& version, const std::string& key,
                               const std::string& value) = 0;
  virtual void delete_version_tag(const VersionName& version, const std::string& key) = 0;
  // Error{not_found}.
  [[nodiscard]] virtual model::ModelVersion get_version(const VersionName& version) = 0;
  [[nodiscard]] virtual Page<model::ModelVersion> search_versions(const SearchRequest& request) = 0;
};

// What a logged model's metrics have to be of, for an order by metrics.
struct ModelOrder {
  std::string field;
  bool ascending = false;
  std::string dataset_name;
  std::string dataset_fingerprint;
};

struct ModelSearch {
  SearchRequest page;  // without order
  std::vector<ModelOrder> order;
  // Models with a metric of one of these datasets; the fingerprint may be empty.
  std::vector<std::pair<std::string, std::string>> datasets;
};

// Models as 3.x clients log them, for any number of threads; otherwise as ModelRegistry.
class LoggedModels {
 public:
  LoggedModels() = default;
  LoggedModels(const LoggedModels&) = delete;
  LoggedModels& operator=(const LoggedModels&) = delete;
  virtual ~LoggedModels() = default;

  virtual void create(const model::LoggedModel& model) = 0;
  virtual void set_status(const std::string& id, model::ModelStatus status,
                          model::Timestamp now) = 0;
  virtual void remove(const std::string& id, model::Timestamp now) = 0;
  virtual void set_tags(const std::string& id, const std::map<std::string, std::string>& tags,
                        model::Timestamp now) = 0;
  virtual void delete_tag(const std::string& id, const std::string& key, model::Timestamp now) = 0;
  virtual void add_params(const std::string& id, const std::map<std::string, std::string>& params,
                          model::Timestamp now) = 0;
  // None of a deleted one.
  [[nodiscard]] virtual std::optional<model::LoggedModel> find(const std::string& id) = 0;
  [[nodiscard]] virtual Page<model::LoggedModel> search(const ModelSearch& request) = 0;
};

}  // namespace mlrepro::ports
