// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "mlrepro/model/run.hpp"
#include "mlrepro/model/run_event.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// With what a run that still runs has reported so far: in its -m files, in $MLREPRO_METRICS, by
// `mlrepro log`, and in what it printed. Others are handed back as they are.
model::Run with_live_events(const Ports& ports, model::Run run);

// As the run will have it when its record is sealed; metrics are folded elsewhere.
void add_live_event(model::Run& run, const model::RunEvent& event);

// Whether a running run has printed so much that looking for metrics in it would take longer than
// anybody waits.
bool prints_too_much(const Ports& ports, const model::RunId& id);

// Of a metric that a running run has reported; `source` as of model::MetricSummary.
using LivePointVisitor =
    std::function<void(const std::string& key, const std::string& source, model::MetricPoint)>;

// All points of a running run's metrics so far, those of one metric in the order in which sealing
// takes them, and its other events to `other`. False when there is no live record (any more).
bool read_live_run(const Ports& ports, const model::Run& run, const LivePointVisitor& visit,
                   const std::function<void(const model::RunEvent&)>& other);

}  // namespace mlrepro::tracking
