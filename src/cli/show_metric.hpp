// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/project.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/series_sketch.hpp"

namespace mlrepro::cli {

struct MetricChoice {
  std::vector<std::string> names;  // names, or patterns with '*' and '?'
  bool csv = false;
};

// `show RUN --metric …`: a plot of each series, or with --csv and --json every point of it. Throws
// Error{not_found} for a name or a pattern that no metric of the run has.
int show_metrics(tracking::Ports& ports, Project& project, const model::Run& run,
                 const MetricChoice& choice);

// Whether the choice names a metric with this key, which the run may not have yet.
bool is_chosen(const MetricChoice& choice, const std::string& key);
// Throws the same error for what the run has not.
void check_chosen(const model::Run& run, const MetricChoice& choice);

// A plot of each, as wide as the terminal.
std::string render_series(const std::map<std::string, plan::SeriesSketch>& series, Style style);

}  // namespace mlrepro::cli
