// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mlrepro/format/scalar_text.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// The metrics that a run printed. Keeps the points only: a log of any length is read in pieces.
class PrintedMetrics {
 public:
  PrintedMetrics(const Ports& ports, const model::Run& run);

  // Reads the logs of the live record; those that are not there have nothing.
  void read();
  // But for those in `logged`: what the script says itself counts more than what it prints.
  [[nodiscard]] std::vector<model::PrintedMetric> take(const std::set<std::string>& logged);
  // What was left out, in words.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  struct Series {
    model::PrintedMetric metric;
    model::MetricSummary summary;
  };

  void read_stream(const std::string& path, int stream);
  void add(const format::TextScalar& found, const std::string& source, model::Timestamp time);

  const Ports& ports_;
  const model::Run& run_;
  std::map<std::string, Series> series_;
  std::size_t points_ = 0;
  bool too_many_names_ = false;
  bool too_many_points_ = false;
};

}  // namespace mlrepro::tracking
