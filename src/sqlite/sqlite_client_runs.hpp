// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/client_runs.hpp"
#include "sqlite/connection_pool.hpp"
#include "sqlite/step_cache.hpp"

namespace mlrepro::sqlite {

class SqliteClientRuns final : public ports::ClientRuns {
 public:
  // The pool must outlive this.
  explicit SqliteClientRuns(ConnectionPool& pool) : pool_(pool) {}

  void create(const ports::NewRun& run) override;
  void adopt(const ports::NewRun& run) override;
  void update(const model::RunId& id, const ports::RunChange& change,
              model::Timestamp now) override;
  void set_deleted(const model::RunId& id, bool deleted, model::Timestamp now) override;
  void log(const model::RunId& id, const ports::ClientBatch& batch, model::Timestamp now) override;
  void delete_tag(const model::RunId& id, const std::string& key, model::Timestamp now) override;
  void change_tag(const model::RunId& id, const std::string& key,
                  const std::function<std::string(const std::string&)>& change,
                  model::Timestamp now) override;
  void link_datasets(const model::RunId& id,
                     const std::vector<model::DatasetLink>& datasets) override;
  void link_models(const model::RunId& id, const std::vector<model::ModelLink>& read,
                   const std::vector<model::ModelLink>& made) override;
  [[nodiscard]] std::optional<model::ClientRun> find(const model::RunId& id) override;
  [[nodiscard]] ports::Page<model::ClientRun> search(const ports::SearchRequest& request) override;
  [[nodiscard]] std::vector<model::MetricObservation> history(
      const ports::HistoryRequest& request) override;
  void for_each_point(const model::RunId& run, const std::string& key,
                      const std::function<void(const model::MetricObservation&)>& visit) override;
  [[nodiscard]] model::StepSeries steps(const model::RunId& run, const std::string& key) override;
  [[nodiscard]] std::vector<model::MetricPoint> points_at(
      const model::RunId& run, const std::string& key,
      const std::vector<std::int64_t>& steps) override;
  [[nodiscard]] std::vector<ports::DatasetSummary> datasets(
      const std::vector<std::int64_t>& experiments, std::size_t limit) override;

 private:
  ConnectionPool& pool_;
  StepCache known_steps_;
};

}  // namespace mlrepro::sqlite
