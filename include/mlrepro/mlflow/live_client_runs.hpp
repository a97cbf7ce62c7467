// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "mlrepro/mlflow/live_values.hpp"
#include "mlrepro/ports/client_runs.hpp"
#include "mlrepro/ports/live_search.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::mlflow {

// Runs as clients see and find them, those that still run with what they have reported so far: what
// `mlrepro log`, their metrics files and their output say goes into the database when they end.
class LiveClientRuns final : public ports::ClientRuns {
 public:
  // What the clients of this endpoint say of how a run of a process ended: the record has that from
  // the process, when it ends. A script that ended its run looks for it among those that ended, and
  // so it is shown to the clients of a session. Others don't believe it.
  enum class ToldEnds { shown, ignored };

  // All outlive this; `store` is used by one thread at a time.
  LiveClientRuns(ports::ClientRuns& runs, ports::LiveSearch& finder, const tracking::Ports& store,
                 ToldEnds ends)
      : runs_(runs), finder_(finder), store_(store), values_(store), ends_(ends)
  {
  }

  void create(const ports::NewRun& run) override { runs_.create(run); }
  void adopt(const ports::NewRun& run) override { runs_.adopt(run); }
  void update(const model::RunId& id, const ports::RunChange& change,
              model::Timestamp now) override;
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
  // False for a run that the database knows all of.
  bool complete(model::ClientRun& run);
  // Those that a process of ours keeps.
  [[nodiscard]] std::vector<model::ClientRun> running();
  [[nodiscard]] std::vector<model::MetricObservation> live_points(const model::RunId& run,
                                                                  const std::string& key) const;

  ports::ClientRuns& runs_;
  ports::LiveSearch& finder_;
  const tracking::Ports& store_;
  LiveValues values_;
  const ToldEnds ends_;
  struct End {
    model::RunStatus status = model::RunStatus::finished;
    model::Timestamp at;
  };
  std::map<model::RunId, End> told_;
  mutable std::mutex mutex_;  // for what `store_` refers to, the values, and what was told
};

}  // namespace mlrepro::mlflow
