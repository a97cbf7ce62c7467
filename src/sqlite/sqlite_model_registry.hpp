// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/model_registry.hpp"
#include "sqlite/connection_pool.hpp"

namespace mlrepro::sqlite {

class SqliteModelRegistry final : public ports::ModelRegistry {
 public:
  // The pool must outlive this.
  explicit SqliteModelRegistry(ConnectionPool& pool) : pool_(pool) {}

  void create(const model::RegisteredModel& model) override;
  void rename(const std::string& name, const std::string& new_name, model::Timestamp now) override;
  void describe(const std::string& name, const std::string& description,
                model::Timestamp now) override;
  void remove(const std::string& name) override;
  void set_tag(const std::string& name, const std::string& key, const std::string& value,
               model::Timestamp now) override;
  void delete_tag(const std::string& name, const std::string& key, model::Timestamp now) override;
  void set_alias(const ports::VersionName& version, const std::string& alias,
                 model::Timestamp now) override;
  void delete_alias(const std::string& name, const std::string& alias,
                    model::Timestamp now) override;
  [[nodiscard]] model::RegisteredModel get(const std::string& name) override;
  [[nodiscard]] ports::Page<model::RegisteredModel> search(
      const ports::SearchRequest& request) override;
  [[nodiscard]] model::ModelVersion version_of_alias(const std::string& name,
                                                     const std::string& alias) override;
  std::int64_t create_version(const model::ModelVersion& version) override;
  void change_version(const ports::VersionName& version, const ports::VersionChange& change,
                      model::Timestamp now) override;
  void remove_version(const ports::VersionName& version, model::Timestamp now) override;
  void set_version_tag(const ports::VersionName& version, const std::string& key,
                       const std::string& value) override;
  void delete_version_tag(const ports::VersionName& version, const std::string& key) override;
  [[nodiscard]] model::ModelVersion get_version(const ports::VersionName& version) override;
  [[nodiscard]] ports::Page<model::ModelVersion> search_versions(
      const ports::SearchRequest& request) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace mlrepro::sqlite
