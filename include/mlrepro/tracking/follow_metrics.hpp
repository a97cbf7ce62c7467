// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "mlrepro/format/scalar_text.hpp"
#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/follow_events.hpp"
#include "mlrepro/tracking/follow_output.hpp"
#include "mlrepro/tracking/live_metric_files.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Finds the metrics in what a running run prints, as sealing will find them.
class PrintedFollower {
 public:
  // `source` is "text:stdout" or "text:stderr". The steps of points without one are left to the
  // visitor, as the time is to the reader of log.index.
  using Visit = std::function<void(const format::TextScalar&, const std::string& source,
                                   model::Timestamp time)>;

  PrintedFollower(const Ports& ports, const model::Run& run, Visit visit);
  PrintedFollower(const PrintedFollower&) = delete;
  PrintedFollower& operator=(const PrintedFollower&) = delete;
  ~PrintedFollower() = default;

  void read_live();
  // Nothing more is looked for.
  void stop() { output_.reset(); }

 private:
  std::int64_t ms_ = 0;
  std::unique_ptr<format::ScalarReader> out_;
  std::unique_ptr<format::ScalarReader> err_;
  std::unique_ptr<OutputFollower> output_;  // null: nothing is looked for
};

// The points of a run's metrics as they come, each once, whether logged or printed. A metric that
// is both has the logged ones.
class MetricFollower {
 public:
  struct Point {
    std::string key;
    std::string source;  // as of model::MetricSummary
    model::MetricPoint point;
  };
  using Wanted = std::function<bool(const std::string& key)>;
  using Visit = std::function<void(const Point&)>;

  MetricFollower(const Ports& ports, const model::Run& run, Wanted wanted, Visit visit);
  MetricFollower(const MetricFollower&) = delete;
  MetricFollower& operator=(const MetricFollower&) = delete;
  ~MetricFollower() = default;

  void read_live();
  // From now on only what is logged.
  void stop_printed() { printed_.stop(); }
  // What is left, of a run that has been sealed: also what only the sealed record has, such as the
  // points of files of metrics that are written as a whole.
  void finish(const model::Run& sealed);

 private:
  struct Series {
    model::MetricSummary summary;
    std::string source;
    std::size_t filed = 0;  // in -m files
    std::size_t logged = 0;
    std::size_t printed = 0;
  };

  void take_filed(const model::MetricLogged& metric);
  void take_event(const model::RunEvent& event);
  void tell(Series& series, const model::MetricLogged& metric);
  void take(const format::TextScalar& found, const std::string& source, model::Timestamp time);

  const Ports& ports_;
  model::RunId id_;
  Wanted wanted_;
  Visit visit_;
  std::map<std::string, Series> series_;
  MetricFilesFollower files_;
  EventFollower events_;
  PrintedFollower printed_;
};

}  // namespace mlrepro::tracking
