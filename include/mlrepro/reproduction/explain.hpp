// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "mlrepro/model/explanation.hpp"
#include "mlrepro/reproduction/reproduce.hpp"

namespace mlrepro::reproduction {

struct ExplainRequest {
  model::Run a;  // in full
  model::Run b;
  std::string metric;
  // Of `run`, `scratch`, `tolerances` and `environment` nothing is used.
  ReproduceRequest replay;
  bool reuse = true;  // replays of earlier questions
};

// What is about to happen: at most so many replays, each of about so many seconds.
struct ExplainPlan {
  std::vector<model::Factor> factors;
  std::size_t replays = 0;
  double seconds_each = 0;
};

// A new empty scratch folder for one replay; it may be gone when the next one is asked for.
using NextScratch = std::function<std::string()>;

// Replays mixtures of two runs and attributes the difference of a metric to what differs between
// them (plan/attribution.hpp). When one factor alone makes all of the difference, whichever run it
// is exchanged in, the other mixtures are left out. `begin` is called before the first replay.
// Each replay is recorded, with a tag by which a later question finds it.
//
// Error{not_found}: a run lacks what a replay needs, or the metric. Error{usage}: the runs do not
// differ in anything. Error{external}: a mixture can't be run to its end, or gives no number.
model::Explanation explain(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                           const ExplainRequest& request, const NextScratch& scratch,
                           const std::function<void(const ExplainPlan&)>& begin);

}  // namespace mlrepro::reproduction
