// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/run_event.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Adds to a run: to its live record while it runs, else to the database, dated. All or nothing.
void log_events(ports::LiveRecords& live, ports::RunStore& runs, const ports::Clock& clock,
                const model::RunId& id, const std::vector<model::RunEvent>& events);

// The lines of a live record, stamped with the time where an event has none.
std::string live_lines(const std::vector<model::RunEvent>& events, model::Timestamp now);

// Stores the file's content now, so that a later change of the file does not matter.
model::ArtifactLogged store_artifact(const versioning::Ports& ports, const std::string& path,
                                     const std::string& listed_as);

}  // namespace mlrepro::tracking
