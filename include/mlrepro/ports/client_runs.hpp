// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/client_run.hpp"
#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/step_series.hpp"
#include "mlrepro/ports/page.hpp"

namespace mlrepro::ports {

struct NewRun {
  model::RunId id;
  std::int64_t experiment = 0;
  std::string name;
  std::string user;
  model::Timestamp started_at;
  std::map<std::string, std::string> tags;
};

struct RunChange {
  std::optional<model::RunStatus> status;
  std::optional<model::Timestamp> ended_at;
  std::optional<std::string> name;
};

struct ClientMetric {
  model::MetricObservation point;
  std::string model_id;  // empty: of no model
  std::string dataset_name;
  std::string dataset_fingerprint;
};

// All of it is logged, or nothing.
struct ClientBatch {
  std::vector<ClientMetric> metrics;
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::pair<std::string, std::string>> tags;
  bool is_batch = true;  // how errors are worded
};

// One dataset of those that were logged in some experiments.
struct DatasetSummary {
  std::int64_t experiment = 0;
  std::string name;
  std::string fingerprint;
  std::string context;
};

// Points of one metric of one run, in the order in which they were logged.
struct HistoryRequest {
  model::RunId run;
  std::string key;
  std::uint64_t skip = 0;            // as many were read before
  std::optional<std::size_t> limit;  // absent: all
};

// Runs as clients log them, read and written by any number of threads. They are the same records
// that RunStore has. Every method that writes is one transaction, durable when it returns. Errors
// are in the words of MLflow's protocol: not_found, conflict, usage.
class ClientRuns {
 public:
  ClientRuns() = default;
  ClientRuns(const ClientRuns&) = delete;
  ClientRuns& operator=(const ClientRuns&) = delete;
  virtual ~ClientRuns() = default;

  // A running run that no process of ours keeps: it ends when a client says so.
  virtual void create(const NewRun& run) = 0;
  // A run that is kept by its process takes over what a client asked for: experiment, name, tags.
  virtual void adopt(const NewRun& run) = 0;
  // The status of a run that a process keeps or kept is that process's to say: it stays.
  virtual void update(const model::RunId& id, const RunChange& change, model::Timestamp now) = 0;
  virtual void set_deleted(const model::RunId& id, bool deleted, model::Timestamp now) = 0;
  // An observation that the run has already is dropped.
  virtual void log(const model::RunId& id, const ClientBatch& batch, model::Timestamp now) = 0;
  virtual void delete_tag(const model::RunId& id, const std::string& key, model::Timestamp now) = 0;
  // Sets a tag to what `change` makes of its present value, empty where there is none.
  virtual void change_tag(const model::RunId& id, const std::string& key,
                          const std::function<std::string(const std::string&)>& change,
                          model::Timestamp now) = 0;
  virtual void link_datasets(const model::RunId& id,
                             const std::vector<model::DatasetLink>& datasets) = 0;
  virtual void link_models(const model::RunId& id, const std::vector<model::ModelLink>& read,
                           const std::vector<model::ModelLink>& made) = 0;

  // Also a deleted one.
  [[nodiscard]] virtual std::optional<model::ClientRun> find(const model::RunId& id) = 0;
  [[nodiscard]] virtual Page<model::ClientRun> search(const SearchRequest& request) = 0;
  [[nodiscard]] virtual std::vector<model::MetricObservation> history(
      const HistoryRequest& request) = 0;
  // Each point in the order in which they were logged.
  virtual void for_each_point(
      const model::RunId& run, const std::string& key,
      const std::function<void(const model::MetricObservation&)>& visit) = 0;
  // The steps of all points, in that order.
  [[nodiscard]] virtual model::StepSeries steps(const model::RunId& run,
                                                const std::string& key) = 0;
  // The points at those of `steps`, which are sorted, each once; in that order too.
  [[nodiscard]] virtual std::vector<model::MetricPoint> points_at(
      const model::RunId& run, const std::string& key, const std::vector<std::int64_t>& steps) = 0;
  [[nodiscard]] virtual std::vector<DatasetSummary> datasets(
      const std::vector<std::int64_t>& experiments, std::size_t limit) = 0;
};

}  // namespace mlrepro::ports
