// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/access_rules.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

// Which files are a traced run's business: those of its project, its data roots, and whatever it
// declared.
struct TraceScope {
  std::vector<std::string> roots;  // absolute, by the names that the record uses
  plan::AccessRules rules;
};

// `left_out`: absolute folders that never count.
TraceScope trace_scope(const Ports& ports, const model::Run& run,
                       const std::vector<std::string>& left_out);

}  // namespace mlrepro::tracking
