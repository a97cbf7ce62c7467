// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/experiment_store.hpp"
#include "sqlite/connection_pool.hpp"

namespace mlrepro::sqlite {

class SqliteExperimentStore final : public ports::ExperimentStore {
 public:
  // The pool must outlive this. Makes experiment 0 where it is not there yet.
  explicit SqliteExperimentStore(ConnectionPool& pool);

  [[nodiscard]] std::optional<model::ExperimentRecord> find(std::int64_t number) override;
  [[nodiscard]] std::optional<model::ExperimentRecord> find_by_name(
      const std::string& name) override;
  std::int64_t create(const std::string& name, const std::map<std::string, std::string>& tags,
                      model::Timestamp now) override;
  void rename(std::int64_t number, const std::string& name, model::Timestamp now) override;
  void set_deleted(std::int64_t number, bool deleted, model::Timestamp now) override;
  void set_tag(std::int64_t number, const std::string& key, const std::string& value,
               model::Timestamp now) override;
  void delete_tag(std::int64_t number, const std::string& key, model::Timestamp now) override;
  [[nodiscard]] ports::Page<model::ExperimentRecord> search(
      const ports::SearchRequest& request) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace mlrepro::sqlite
