// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_request.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/sweep_axis.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/sweep_template.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;
using plan::SweepGrid;
using tracking::RunRequest;

// All texts that a placeholder may stand in.
std::vector<std::string*> texts_of(RunRequest& request)
{
  std::vector<std::string*> texts;
  for (auto* list : {&request.command, &request.inputs, &request.outputs, &request.metric_files,
                     &request.param_files}) {
    for (std::string& text : *list) {
      texts.push_back(&text);
    }
  }
  for (auto* map : {&request.params, &request.tags}) {
    for (auto& [key, value] : *map) {
      texts.push_back(&value);
    }
  }
  texts.push_back(&request.note);
  return texts;
}

const model::SweepAxis* find_axis(const SweepGrid& grid, const std::string& key)
{
  const auto found = std::find_if(grid.axes().begin(), grid.axes().end(),
                                  [&](const model::SweepAxis& axis) { return axis.key == key; });
  return found == grid.axes().end() ? nullptr : &*found;
}

// An axis of that name sets $MLREPRO_SEED, as --seed does.
void check_seed_axis(const SweepOptions& options, const SweepGrid& grid, const RunRequest& request)
{
  const model::SweepAxis* axis = find_axis(grid, "seed");
  if (axis == nullptr) {
    return;
  }
  if (request.seed && options.sample.empty()) {
    throw Error(ErrorKind::usage, "--each seed and --seed: each run has one seed",
                "leave --seed out");
  }
  const bool whole = axis->range ? axis->range->whole
                                 : std::all_of(axis->values.begin(), axis->values.end(),
                                               [](const std::string& value) {
                                                 return format::parse_integer(value).has_value();
                                               });
  if (!whole) {
    throw Error(ErrorKind::usage, "--each seed: not whole numbers",
                "write it as in --each seed=1..5");
  }
}

std::vector<std::string> written_paths(const RunRequest& request)
{
  std::vector<std::string> paths = request.outputs;
  paths.insert(paths.end(), request.metric_files.begin(), request.metric_files.end());
  return paths;
}

// Runs that write the same file at the same time would record each other's.
void check_outputs(const SweepGrid& grid, const RunRequest& request, std::uint64_t jobs)
{
  if (jobs < 2 || grid.size() < 2) {
    return;
  }
  for (const std::string& text : written_paths(request)) {
    std::set<std::string> paths;
    for (std::uint64_t item = 1; item <= grid.size(); ++item) {
      const std::string path = plan::fill_placeholders(text, grid.at(item), item);
      if (!paths.insert(path).second) {
        throw Error(ErrorKind::usage,
                    "'" + path + "' would be written by several runs, of which " +
                        std::to_string(jobs) + " run at once",
                    "give each its own, as in -o 'out/{item}/" + plan::base_name(path) +
                        "', or leave out -j");
      }
    }
  }
}

struct ChildName {
  model::RunId parent;
  std::uint64_t item = 0;
  model::RunId id;
  std::string name;
};

ChildName parse_child(const std::string& text)
{
  std::array<std::string, 4> parts;
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end =
        i + 1 < parts.size() ? std::min(text.find(':', at), text.size()) : text.size();
    parts[i] = text.substr(std::min(at, text.size()), end - std::min(at, text.size()));
    at = end + 1;
  }
  const auto parent = model::RunId::parse(parts[0]);
  const auto item = format::parse_integer(parts[1]);
  const auto id = model::RunId::parse(parts[2]);
  if (!parent || !item || *item < 1 || !id || parts[3].empty()) {
    throw Error(ErrorKind::usage, "--sweep-run '" + text + "': for mlrepro's own use",
                "start a sweep with --each");
  }
  return {*parent, static_cast<std::uint64_t>(*item), *id, parts[3]};
}

}  // namespace

SweepGrid grid_of(const SweepOptions& options, const RunRequest& request)
{
  return {format::parse_sweep_axes(options.each), parse_positive("--sample", options.sample),
          request.seed.value_or(0)};
}

void check_sweep_request(const SweepOptions& options, const plan::SweepGrid& grid,
                         const RunRequest& request, std::uint64_t jobs)
{
  RunRequest copy = request;
  std::vector<std::string> texts;
  for (const std::string* text : texts_of(copy)) {
    texts.push_back(*text);
  }
  const bool has_seed = request.seed || find_axis(grid, "seed") != nullptr;
  plan::check_placeholders(texts, grid.axes(),
                           has_seed ? std::set<std::string>{"seed"} : std::set<std::string>{});
  check_seed_axis(options, grid, request);
  for (const auto& [key, value] : request.params) {
    if (find_axis(grid, key) != nullptr) {
      throw Error(ErrorKind::usage,
                  "-p " + key + " and --each " + key + ": one parameter, two values",
                  "use one of them");
    }
  }
  check_outputs(grid, request, jobs);
}

std::vector<std::string> all_data(const SweepGrid& grid, const RunRequest& request)
{
  std::set<std::string> paths;
  std::vector<std::string> texts = written_paths(request);
  texts.insert(texts.end(), request.inputs.begin(), request.inputs.end());
  for (const std::string& text : texts) {
    const bool varies = !plan::placeholders_in(text).empty();
    for (std::uint64_t item = 1; item <= (varies ? grid.size() : 1); ++item) {
      paths.insert(plan::fill_placeholders(text, grid.at(item), item));
    }
  }
  return {paths.begin(), paths.end()};
}

void become_sweep_run(const SweepOptions& options, RunRequest& request)
{
  if (options.child.empty()) {
    return;
  }
  const ChildName child = parse_child(options.child);
  const SweepGrid grid = grid_of(options, request);
  if (child.item > grid.size()) {
    throw Error(ErrorKind::usage, "--sweep-run: the sweep has fewer runs than that");
  }
  const model::SweepPoint point = grid.at(child.item);
  request.other_data = all_data(grid, request);
  for (std::string* text : texts_of(request)) {
    *text = plan::fill_placeholders(*text, point, child.item);
  }
  for (const auto& [key, value] : point) {
    request.sweep_params[key] = value;
    if (key == "seed") {
      request.seed = format::parse_integer(value);
    }
  }
  request.parent = child.parent;
  request.sweep_item = child.item;
  request.id = child.id;
  request.name = child.name;
  request.discard_output =
      request.capture_output && parse_jobs(options.jobs, 1) > 1;  // the sweep passes it on
}

}  // namespace mlrepro::cli
