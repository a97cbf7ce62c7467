// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "mlrepro/ports/client_runs.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::mlflow {

// Runs as clients see them, those that still run with what they have reported so far: what `mlrepro
// log`, their metrics files and their output say goes into the database when they end. Searches
// look for what is in the database.
class LiveClientRuns final : public ports::ClientRuns {
 public:
  // Both outlive this; `store` is used by one thread at a time.
  LiveClientRuns(ports::ClientRuns& runs, const tracking::Ports& store) : runs_(runs), store_(store)
  {
  }

  void create(const ports::NewRun& run) override { runs_.create(run); }
  void adopt(const ports::NewRun& run) override { runs_.adopt(run); }
  void update(const model::RunId& id, const ports::RunChange& change, model::Timestamp now) override
  {
    runs_.update(id, change, now);
  }
  void set_deleted(const model::RunId& id, bool deleted, model::Timestamp now) override
  {
    runs_.set_deleted(id, deleted, now);
  }
  void log(const model::RunId& id, const ports::ClientBatch& batch, model::Timestamp now) override
  {
    runs_.log(id, batch, now);
  }
  void delete_tag(const model::RunId& id, const std::string& key, model::Timestamp now) override
  {
    runs_.delete_tag(id, key, now);
  }
  void change_tag(const model::RunId& id, const std::string& key,
                  const std::function<std::string(const std::string&)>& change,
                  model::Timestamp now) override
  {
    runs_.change_tag(id, key, change, now);
  }
  void link_datasets(const model::RunId& id,
                     const std::vector<model::DatasetLink>& datasets) override
  {
    runs_.link_datasets(id, datasets);
  }
  void link_models(const model::RunId& id, const std::vector<model::ModelLink>& read,
                   const std::vector<model::ModelLink>& made) override
  {
    runs_.link_models(id, read, made);
  }
  [[nodiscard]] std::vector<ports::DatasetSummary> datasets(
      const std::vector<std::int64_t>& experiments, std::size_t limit) override
  {
    return runs_.datasets(experiments, limit);
  }

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

 private:
  void complete(model::ClientRun& run) const;
  [[nodiscard]] std::vector<model::MetricObservation> live_points(const model::RunId& run,
                                                                  const std::string& key) const;
  // The record of a run that a process of ours keeps, and that still runs.
  [[nodiscard]] std::optional<model::Run> find_running(const model::RunId& id) const;

  ports::ClientRuns& runs_;
  const tracking::Ports& store_;
  mutable std::mutex mutex_;  // for what `store_` refers to
};

}  // namespace mlrepro::mlflow
