// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/follow_events.hpp"
#include "mlrepro/tracking/follow_metrics.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Looks at running runs again and again: what they report is read once, however often it is asked
// for.
class LiveRuns {
 public:
  explicit LiveRuns(const Ports& ports) : ports_(ports) {}
  LiveRuns(const LiveRuns&) = delete;
  LiveRuns& operator=(const LiveRuns&) = delete;
  ~LiveRuns() = default;

  // With what a run that still runs has reported so far; an ended one as it is.
  model::Run complete(model::Run run);

 private:
  struct Followed {
    explicit Followed(const Ports& ports, model::Run first);

    model::Run run;
    MetricFollower metrics;
    EventFollower events;
  };

  const Ports& ports_;
  std::map<model::RunId, std::unique_ptr<Followed>> followed_;
};

}  // namespace mlrepro::tracking
