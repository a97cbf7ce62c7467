// SPDX-License-Identifier: Apache-2.0
#include "cli/noise_lines.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/plan/flakiness.hpp"
#include "mlrepro/plan/noise.hpp"

namespace mlrepro::cli {
namespace {

// Of the metrics that every run has as a number.
std::map<std::string, std::vector<double>> shared_metrics(const std::vector<model::Run>& runs)
{
  std::map<std::string, std::vector<double>> values;
  for (const model::Run& run : runs) {
    for (const auto& [key, summary] : run.metrics) {
      if (!std::isnan(summary.last) && !model::is_resource_metric(key)) {
        values[key].push_back(summary.last);
      }
    }
  }
  std::erase_if(values, [&](const auto& item) { return item.second.size() != runs.size(); });
  return values;
}

bool same_outputs(const std::vector<model::Run>& runs)
{
  return std::all_of(runs.begin(), runs.end(),
                     [&](const model::Run& run) { return run.outputs == runs.front().outputs; });
}

bool same_code(const std::vector<model::Run>& runs)
{
  return std::all_of(runs.begin(), runs.end(), [&](const model::Run& run) {
    return run.code.digest == runs.front().code.digest;
  });
}

}  // namespace

std::vector<std::string> noise_lines(const std::vector<model::Run>& runs)
{
  if (runs.size() < 2) {
    return {};
  }
  TextTable table({"metric", "values", "mean", "sd", "min", "max", "identical"},
                  {Align::left, Align::right, Align::right, Align::right, Align::right,
                   Align::right, Align::right});
  bool constant = same_outputs(runs);
  for (const auto& [key, values] : shared_metrics(runs)) {
    const model::Spread spread = plan::spread_of(values);
    constant = constant && spread.is_constant();
    table.add({key, std::to_string(spread.count), format::to_text(spread.mean),
               short_number(spread.deviation), format::to_text(spread.min),
               format::to_text(spread.max), std::to_string(spread.identical)});
  }
  std::vector<std::string> lines;
  if (!table.empty()) {
    std::istringstream text(table.render(Style::plain));
    for (std::string line; std::getline(text, line);) {
      lines.push_back(line);
    }
  }
  if (!same_code(runs)) {
    lines.emplace_back(
        "the code changed from one repeat to the next, so that they don't count as repeats: name "
        "what the command writes with -o, or in .gitignore");
  }
  if (constant) {
    lines.emplace_back("all repeats are the same");
    return lines;
  }
  lines.emplace_back("the repeats vary; the likely cause, from what is recorded:");
  for (const std::string& cause : plan::likely_causes(runs.front())) {
    lines.push_back("- " + cause);
  }
  return lines;
}

}  // namespace mlrepro::cli
