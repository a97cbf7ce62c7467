// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::cli {

struct MetricChoice {
  std::vector<std::string> names;  // names, or patterns with '*' and '?'
  bool csv = false;
};

// `show RUN --metric …`: a plot of each series, or with --csv and --json every point of it. Throws
// Error{not_found} for a name or a pattern that no metric of the run has.
int show_metrics(tracking::Ports& ports, Project& project, const model::Run& run,
                 const MetricChoice& choice);

}  // namespace mlrepro::cli
