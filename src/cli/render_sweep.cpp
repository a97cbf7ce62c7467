// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/plan/sweep_progress.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_shown_metrics = 4;

std::string key_of(const std::string& each)
{
  return each.substr(0, each.find('='));
}

// The one that is sorted by comes first, then the others by name.
std::vector<std::string> shown_metrics(const std::vector<model::Run>& runs, std::string sort_key)
{
  constexpr std::string_view k_prefix = "metrics.";
  if (sort_key.starts_with(k_prefix)) {
    sort_key.erase(0, k_prefix.size());
  }
  std::set<std::string> known;
  for (const model::Run& run : runs) {
    for (const auto& [key, summary] : run.metrics) {
      if (!model::is_resource_metric(key) || key == sort_key) {
        known.insert(key);
      }
    }
  }
  std::vector<std::string> shown;
  if (known.contains(sort_key)) {
    shown.push_back(sort_key);
    known.erase(sort_key);
  }
  for (const std::string& key : known) {
    if (shown.size() < k_shown_metrics) {
      shown.push_back(key);
    }
  }
  return shown;
}

// Who was asked to end has not failed, however it ended: the sweep runs it again.
bool was_interrupted(const model::Run& run)
{
  return run.status != model::RunStatus::lost &&
         plan::state_of(run) == plan::ItemState::interrupted;
}

std::string progress_text(const model::Run& sweep, const std::vector<model::Run>& runs)
{
  std::map<std::string, std::size_t> counts;
  for (const model::Run& run : runs) {
    ++counts[was_interrupted(run) ? "interrupted" : std::string(model::to_string(run.status))];
  }
  if (sweep.sweep->size > runs.size()) {
    counts["not started"] = sweep.sweep->size - runs.size();
  }
  std::string text = format::counted(sweep.sweep->size, "run");
  for (const char* word :
       {"finished", "running", "failed", "killed", "interrupted", "lost", "not started"}) {
    if (counts.contains(word)) {
      text += ", " + std::to_string(counts[word]) + " " + word;
    }
  }
  return text;
}

}  // namespace

std::string render_sweep(const model::Run& sweep, const std::vector<model::Run>& runs,
                         const std::string& sort_key, Style style)
{
  std::vector<std::string> header = {"item", "run", "status", "duration"};
  std::vector<Align> align = {Align::right, Align::left, Align::left, Align::right};
  std::vector<std::string> axes;
  for (const std::string& each : sweep.sweep->each) {
    axes.push_back(key_of(each));
  }
  const std::vector<std::string> metrics = shown_metrics(runs, sort_key);
  header.insert(header.end(), axes.begin(), axes.end());
  header.insert(header.end(), metrics.begin(), metrics.end());
  align.resize(header.size(), Align::right);
  TextTable table(header, align);
  for (const model::Run& run : runs) {
    std::vector<Cell> row = {std::to_string(run.sweep_item.value_or(0)),
                             Cell(run.name, Tone::strong),
                             was_interrupted(run) ? Cell("interrupted", Tone::warning)
                                                  : Cell(status_text(run), status_tone(run.status)),
                             duration_text(run)};
    for (const std::string& key : axes) {
      const auto param = run.params.find(key);
      row.emplace_back(param == run.params.end() ? "" : param->second.value);
    }
    for (const std::string& key : metrics) {
      const auto metric = run.metrics.find(key);
      row.emplace_back(metric == run.metrics.end() ? "" : short_number(metric->second.last));
    }
    table.add(std::move(row));
  }
  return progress_text(sweep, runs) + "\n" + (table.empty() ? "" : table.render(style));
}

}  // namespace mlrepro::cli
