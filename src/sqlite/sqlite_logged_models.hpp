// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/model_registry.hpp"
#include "sqlite/connection_pool.hpp"

namespace mlrepro::sqlite {

// As a column has it.
const char* status_text(model::ModelStatus status);

class SqliteLoggedModels final : public ports::LoggedModels {
 public:
  // The pool must outlive this.
  explicit SqliteLoggedModels(ConnectionPool& pool) : pool_(pool) {}

  void create(const model::LoggedModel& model) override;
  void set_status(const std::string& id, model::ModelStatus status, model::Timestamp now) override;
  void remove(const std::string& id, model::Timestamp now) override;
  void set_tags(const std::string& id, const std::map<std::string, std::string>& tags,
                model::Timestamp now) override;
  void delete_tag(const std::string& id, const std::string& key, model::Timestamp now) override;
  void add_params(const std::string& id, const std::map<std::string, std::string>& params,
                  model::Timestamp now) override;
  [[nodiscard]] std::optional<model::LoggedModel> find(const std::string& id) override;
  [[nodiscard]] ports::Page<model::LoggedModel> search(const ports::ModelSearch& request) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace mlrepro::sqlite
