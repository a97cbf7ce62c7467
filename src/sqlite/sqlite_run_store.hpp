// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlrepro/ports/run_store.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// A run's environment is read with Detail::full only. A sort key means a metric before a parameter
// before the run's own field; newest_first is largest first. An environment that `seal` doesn't
// bring leaves the start's in place. An unknown run is Error{not_found}.
class SqliteRunStore final : public ports::RunStore {
 public:
  // The database must outlive the store.
  explicit SqliteRunStore(Database& database) : database_(database) {}

  void insert(const model::Run& run) override;
  std::unique_ptr<ports::RunSeal> begin_seal(const model::RunId& id,
                                             model::Timestamp ended_at) override;
  void reopen(const model::RunId& id, model::Timestamp now) override;
  std::unique_ptr<ports::RunAppend> begin_append(const model::RunId& id,
                                                 model::Timestamp now) override;
  void record_proof(const ports::Proof& proof) override;
  [[nodiscard]] std::vector<model::Run> list(const ports::RunQuery& query) const override;
  void for_each_point(const model::RunId& id, const std::string& key,
                      const ports::PointVisitor& visit) const override;
  [[nodiscard]] std::vector<ports::Experiment> experiments() const override;
  [[nodiscard]] std::vector<model::RunId> unfinished() const override;

 private:
  Database& database_;
};

}  // namespace mlrepro::sqlite
