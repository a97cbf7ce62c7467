// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/model/run_event.hpp"
#include "sqlite/database.hpp"
#include "sqlite/late_statement.hpp"
#include "sqlite/point_spool.hpp"

namespace mlrepro::sqlite {

// Applies logged events to one run, within the caller's transaction. Points are put down metric by
// metric, when all are known; until then most of them wait in a file.
class EventWriter {
 public:
  enum class When {
    running,  // a parameter logged again is a problem of the run
    ended,    // every event is listed as an addition; such a parameter is Error{conflict}
  };

  // Which of two points with one step is the last.
  enum class Ties {
    newest,  // the one that came last
    latest,  // the one of the later time, of one time the greater: clients that log in the
             // background send points in any order
  };

  // `now` dates what brings no time of its own.
  EventWriter(const Database& database, std::int64_t run, When when, model::Timestamp now,
              Ties ties = Ties::newest);

  // May be called again; what was collected is not in the database before `write`.
  void collect(const std::vector<model::RunEvent>& events);
  void write();
  // Both.
  void apply(const std::vector<model::RunEvent>& events);
  // Of metrics that the run does not have yet.
  void add(const model::PrintedMetric& metric);
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Metric {
    std::int64_t number = 0;
    model::MetricSummary summary;
    std::optional<model::Timestamp>
        last_time;            // of the summary's last point; absent: not known yet
    std::int64_t stored = 0;  // points in the table
    std::vector<PointSpool::Piece> spooled;
    std::vector<model::MetricPoint> points;  // behind those that are spooled
  };

  void add(const model::MetricLogged& event);
  void add(const model::ParamLogged& event);
  void add(const model::TagLogged& event);
  void add(const model::NoteLogged& event);
  void add(const model::ArtifactLogged& event);
  void add_addition(const char* kind, const std::string& key, const std::string& value);
  Metric& find_metric(const std::string& key);
  model::Timestamp time_of_last(Metric& metric) const;
  [[nodiscard]] bool is_older(Metric& metric, const model::MetricPoint& point) const;
  void fold(Metric& metric, const model::MetricPoint& point) const;
  void spool_points();
  void write_metric(Metric& metric);
  void write_points(Metric& metric, std::span<const model::MetricPoint> points);

  const Database& database_;
  std::int64_t run_;
  When when_;
  model::Timestamp now_;
  Ties ties_;
  std::unordered_map<std::string, Metric> metrics_;
  std::size_t waiting_ = 0;  // points in memory
  std::size_t spooled_ = 0;  // and in the file
  PointSpool spool_;
  std::set<std::string> repeated_params_;
  std::vector<std::string> problems_;
  std::string notes_;
  LateStatement find_param_;
  LateStatement insert_param_;
  LateStatement find_tag_;
  LateStatement insert_tag_;
  LateStatement insert_history_;
  LateStatement insert_artifact_;
  LateStatement insert_addition_;
  LateStatement insert_one_point_;
  LateStatement insert_points_;
  LateStatement update_metric_;
};

}  // namespace mlrepro::sqlite
