// SPDX-License-Identifier: Apache-2.0
#include "cli/show_metric.hpp"

#include <unistd.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/render_plot.hpp"
#include "cli/terminal.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/series_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/series_sketch.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/plan/tolerance.hpp"
#include "mlrepro/tracking/read_metrics.hpp"

namespace mlrepro::cli {
namespace {

using format::SeriesText;
using model::Error;
using model::ErrorKind;

constexpr std::size_t k_rows_of_one = 12;
constexpr std::size_t k_rows_of_many = 6;

bool has_wildcard(const std::string& name)
{
  return name.find_first_of("*?") != std::string::npos;
}

bool is_pattern(const model::Run& run, const std::string& name)
{
  return !run.metrics.contains(name) && has_wildcard(name);
}

PlotFrame plot_frame(std::size_t plots)
{
  PlotFrame frame;
  frame.columns = terminal_width(STDOUT_FILENO);
  frame.rows = plots <= 1 ? k_rows_of_one : k_rows_of_many;
  frame.charset = writes_utf8() ? Charset::braille : Charset::ascii;
  return frame;
}

// In the order of the command line, each once.
std::vector<std::string> chosen_keys(const model::Run& run, const std::vector<std::string>& names)
{
  std::vector<std::string> keys;
  std::vector<std::string> known;
  for (const auto& [key, summary] : run.metrics) {
    known.push_back(key);
  }
  const auto choose = [&](const std::string& key) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.push_back(key);
    }
  };
  for (const std::string& name : names) {
    bool found = false;
    for (const std::string& key : known) {
      if (key == name || (is_pattern(run, name) && plan::matches_glob(name, key))) {
        choose(key);
        found = true;
      }
    }
    if (!found) {
      throw Error(ErrorKind::not_found, "run " + run.name + " has no metric '" + name + "'",
                  suggest_among(name, known));
    }
  }
  return keys;
}

void print_points(const tracking::MetricReader& reader, const model::Run& run,
                  const std::vector<std::string>& keys, SeriesText::Form form)
{
  SeriesText text(form, run.id, print);
  for (const std::string& key : keys) {
    text.begin(key, run.metrics.at(key).source);
    reader.for_each_point(key, [&](const model::MetricPoint& point) { text.add(point); });
  }
  text.end();
}

}  // namespace

int show_metrics(tracking::Ports& ports, Project& project, const model::Run& run,
                 const MetricChoice& choice)
{
  const std::vector<std::string> keys = chosen_keys(run, choice.names);
  const tracking::MetricReader reader(ports, run);
  if (choice.csv) {
    print_points(reader, run, keys, SeriesText::Form::csv);
    return 0;
  }
  if (project.options().json) {
    const bool one = choice.names.size() == 1 && !is_pattern(run, choice.names.front());
    print_points(reader, run, keys, one ? SeriesText::Form::one_json : SeriesText::Form::many_json);
    return 0;
  }
  const PlotFrame frame = plot_frame(keys.size());
  for (const std::string& key : keys) {
    plan::SeriesSketch sketch;
    reader.for_each_point(key, [&](const model::MetricPoint& point) { sketch.add(point); });
    print((key == keys.front() ? "" : "\n") + render_plot(key, sketch, frame, project.style()));
  }
  return 0;
}

bool is_chosen(const MetricChoice& choice, const std::string& key)
{
  return std::any_of(choice.names.begin(), choice.names.end(), [&](const std::string& name) {
    return name == key || (has_wildcard(name) && plan::matches_glob(name, key));
  });
}

void check_chosen(const model::Run& run, const MetricChoice& choice)
{
  (void)chosen_keys(run, choice.names);
}

std::string render_series(const std::map<std::string, plan::SeriesSketch>& series, Style style)
{
  const PlotFrame frame = plot_frame(series.size());
  std::string text;
  for (const auto& [key, sketch] : series) {
    text += (text.empty() ? "" : "\n") + render_plot(key, sketch, frame, style);
  }
  return text;
}

}  // namespace mlrepro::cli
