// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/client_run.hpp"
#include "mlrepro/tracking/follow_events.hpp"
#include "mlrepro/tracking/follow_metrics.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::mlflow {

// What runs that still run have reported, and no database has: by `mlrepro log`, in their metrics
// files and in their output. It is read once, however often it is asked for. A store
// whose files stay open as long as they are followed has several open for each run. One thread at a
// time.
class LiveValues {
 public:
  // `store` outlives this.
  explicit LiveValues(const tracking::Ports& store) : store_(store) {}
  LiveValues(const LiveValues&) = delete;
  LiveValues& operator=(const LiveValues&) = delete;
  ~LiveValues() = default;

  // Adds it to what the database has; false for a run that no process of ours keeps any more, of
  // which the database has it all.
  bool add_to(model::ClientRun& run);
  // The record of a run that a process of ours keeps, and that still runs.
  [[nodiscard]] std::optional<model::Run> find_running(const model::RunId& id) const;
  // Those that a process of ours keeps.
  [[nodiscard]] std::vector<model::RunId> list();

 private:
  struct Followed {
    Followed(const tracking::Ports& store, model::Run first);
    void add(const tracking::MetricFollower::Point& point);
    void read(const tracking::Ports& store);

    std::uint64_t asked = 0;  // the number of the look that needed it last
    model::Run run;           // with what it reported but for metrics
    model::Run by_files;      // has those metrics files that are written as a whole
    std::map<std::string, tracking::MetricFollower::Point> last;
    tracking::MetricFollower metrics;
    tracking::EventFollower events;
  };

  [[nodiscard]] Followed* follow(const model::RunId& id);

  const tracking::Ports& store_;
  std::map<model::RunId, Followed> followed_;
  std::uint64_t looks_ = 0;
};

}  // namespace mlrepro::mlflow
