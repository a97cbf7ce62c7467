// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/step_series.hpp"

namespace mlrepro::sqlite {

class Database;

// The steps of metrics that were asked for, so that a long one is read through once: its points
// stay as they are, and new ones come behind them. For any number of threads.
class StepCache {
 public:
  struct Metric {
    std::int64_t number = 0;  // of its row
    const model::RunId& run;
    const std::string& key;
  };
  using Steps = std::shared_ptr<const model::StepSeries>;

  // All steps that the database has now; within a transaction.
  Steps read(const Database& database, const Metric& metric);
  // What is known was of a metric that is gone, and whose number another one has.
  void forget(std::int64_t number);

 private:
  struct Known {
    std::string of;  // run and key
    Steps steps;
  };

  Steps find(const Metric& metric);
  void keep(const Metric& metric, const Steps& steps);

  std::mutex mutex_;
  std::map<std::int64_t, Known> known_;
  std::size_t memory_ = 0;
};

}  // namespace mlrepro::sqlite
