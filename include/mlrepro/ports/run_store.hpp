// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/model/run_event.hpp"

namespace mlrepro::ports {

// How a run ended, and all that was learnt while it ran. Replaces the fields of the same name.
struct RunEnd {
  model::RunStatus status = model::RunStatus::finished;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<int> stopped_by;
  model::Timestamp ended_at;
  std::vector<model::RunData> inputs;
  std::vector<model::RunData> outputs;
  std::optional<model::Environment> environment;
  model::Resources resources;
  model::RunLogs logs;
  std::optional<model::RunTrace> trace;       // absent: as it was at the start
  std::vector<model::RunEvent> events;        // behind those that RunSeal::add had, in order
  std::vector<model::PrintedMetric> printed;  // none of which is in the events
  std::vector<std::string> problems;          // added to those of the start
  model::Level recorded = model::Level::none;
  std::vector<std::string> missing;
};

// The end of a run as it is written: one transaction, which is rolled back unless it is finished.
class RunSeal {
 public:
  RunSeal() = default;
  RunSeal(const RunSeal&) = delete;
  RunSeal& operator=(const RunSeal&) = delete;
  virtual ~RunSeal() = default;

  // What was logged, in order, some at a time: memory is taken for some of the points only.
  virtual void add(const std::vector<model::RunEvent>& events) = 0;
  // Nothing can be added any more.
  virtual void finish(const RunEnd& end) = 0;
};

// What is added to a run as it is written: one transaction, which is rolled back unless it is
// finished.
class RunAppend {
 public:
  RunAppend() = default;
  RunAppend(const RunAppend&) = delete;
  RunAppend& operator=(const RunAppend&) = delete;
  virtual ~RunAppend() = default;

  // In order, some at a time: memory is taken for some of the points only.
  virtual void add(const std::vector<model::RunEvent>& events) = 0;
  // Nothing can be added any more.
  virtual void finish() = 0;
};

// A reproduction that succeeded up to `level`.
struct Proof {
  model::RunId run;
  model::RunId replay;
  model::Level level = model::Level::none;
  std::string verdict;
  model::Timestamp at;
};

enum class Order { newest_first, oldest_first };

// Conditions are joined by "and"; an empty one does not restrict.
struct RunQuery {
  std::string id_prefix;
  std::string name_prefix;
  std::string experiment;
  std::optional<model::RunId> parent = {};
  std::string filter;    // the text of --filter (docs/cli.md); Error{usage} names the column
  std::string sort_key;  // "" (start time), a metric's or parameter's key, or a field's name
  Order order = Order::newest_first;
  std::optional<std::size_t> limit;
  std::size_t offset = 0;
  // names: id, name, experiment, status, times, parent and sweep_item only.
  // summary: what a table or a reference needs; no package list, no additions, no code changes.
  // full: everything.
  enum class Detail { names, summary, full } detail = Detail::summary;
  bool with_deleted = true;  // false: without runs that an MLflow client deleted
};

using PointVisitor = std::function<void(const model::MetricPoint&)>;

struct Experiment {
  std::string name;
  std::size_t runs = 0;
  std::optional<model::Timestamp> last_started_at;
};

// Every method that writes is one transaction: it has happened, durably, when it returns, or not
// at all. Writers of other processes are waited for.
class RunStore {
 public:
  RunStore() = default;
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;
  virtual ~RunStore() = default;

  // A run as it starts, with status running. Error{conflict} when the id exists.
  virtual void insert(const model::Run& run) = 0;
  // Error{conflict} when the run is not running any more: a record is sealed once. `ended_at` dates
  // what brings no time of its own. Other writers wait until the seal goes, and the store must not
  // be used meanwhile.
  virtual std::unique_ptr<RunSeal> begin_seal(const model::RunId& id,
                                              model::Timestamp ended_at) = 0;
  // All at once.
  void seal(const model::RunId& id, const RunEnd& end);
  // An ended sweep goes on: it is running again, and how it had ended becomes an addition, dated.
  // Error{conflict} when it is running, or no sweep.
  virtual void reopen(const model::RunId& id, model::Timestamp now) = 0;
  // Adds to an ended run, dated; a tag's old value is kept in the history. A parameter that has
  // another value already is Error{conflict}, and then nothing is added. Other writers wait until
  // the RunAppend goes, and the store must not be used meanwhile.
  virtual std::unique_ptr<RunAppend> begin_append(const model::RunId& id, model::Timestamp now) = 0;
  // All at once.
  void append(const model::RunId& id, const std::vector<model::RunEvent>& events,
              model::Timestamp now);
  virtual void record_proof(const Proof& proof) = 0;
  [[nodiscard]] virtual std::vector<model::Run> list(const RunQuery& query) const = 0;
  // Each point in the order in which they were logged; none of a metric that the run does not have.
  // The visitor must not use the store.
  virtual void for_each_point(const model::RunId& id, const std::string& key,
                              const PointVisitor& visit) const = 0;
  [[nodiscard]] virtual std::vector<Experiment> experiments() const = 0;
  // Runs that have not ended, but for those that only an MLflow client keeps.
  [[nodiscard]] virtual std::vector<model::RunId> unfinished() const = 0;
};

// The run with this id in full, if there is one.
std::optional<model::Run> find_run(const RunStore& runs, const model::RunId& id);

// All points of a metric at once, in the order in which they were logged.
std::vector<model::MetricPoint> metric_points(const RunStore& runs, const model::RunId& id,
                                              const std::string& key);

}  // namespace mlrepro::ports
