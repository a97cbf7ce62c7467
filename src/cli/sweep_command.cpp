// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_command.hpp"

#include <algorithm>
#include <iostream>
#include <optional>

#include "cli/commands.hpp"
#include "cli/end_by_signal.hpp"
#include "cli/exit_code.hpp"
#include "cli/render.hpp"
#include "cli/sweep_output.hpp"
#include "cli/sweep_request.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/sweep_axis.hpp"
#include "mlrepro/format/sweep_document.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/plan/sweep_progress.hpp"
#include "mlrepro/plan/sweep_template.hpp"
#include "mlrepro/tracking/resolve.hpp"
#include "mlrepro/tracking/sweep.hpp"
#include "posix/job_control.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;
using plan::SweepGrid;
using tracking::RunRequest;

struct Template {
  const std::vector<std::string>& command;
  std::optional<std::int64_t> seed;
};

std::vector<std::string> filled(const Template& words, model::SweepPoint point, std::uint64_t item)
{
  if (words.seed) {
    point.emplace_back("seed", std::to_string(*words.seed));  // an axis of that name comes first
  }
  std::vector<std::string> command;
  for (const std::string& word : words.command) {
    command.push_back(plan::fill_placeholders(word, point, item));
  }
  return command;
}

int print_plan(const SweepGrid& grid, const std::vector<std::uint64_t>& items,
               const Template& words, Project& project)
{
  std::string text;
  std::vector<format::SweepPlanLine> lines;
  for (const std::uint64_t item : items) {
    const model::SweepPoint point = grid.at(item);
    const auto command = filled(words, point, item);
    text += shell_words(command) + "\n";
    lines.push_back({item, point, command});
  }
  print(project.options().json ? format::sweep_plan_to_json(lines) : text);
  return 0;
}

// What each run's own mlrepro is started with; --sweep-run is still to come.
std::vector<std::string> run_words(const model::Sweep& sweep, Project& project)
{
  const GlobalOptions& global = project.options();
  std::vector<std::string> words = {"--store",    project.store_path(),         "--color",
                                    global.color, global.verbose ? "-v" : "-q", "run"};
  words.insert(words.end(), sweep.options.begin(), sweep.options.end());
  for (const std::string& each : sweep.each) {
    words.push_back("--each=" + each);
  }
  if (sweep.sample) {
    words.push_back("--sample=" + std::to_string(*sweep.sample));
  }
  words.push_back("--jobs=" + std::to_string(sweep.jobs));
  return words;
}

std::string counts_text(const tracking::SweepCounts& counts)
{
  std::string text;
  for (const auto& [count, word] :
       {std::pair(counts.finished, "finished"), std::pair(counts.failed, "failed"),
        std::pair(counts.interrupted, "interrupted"), std::pair(counts.waiting, "not started")}) {
    if (count > 0) {
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + word;
    }
  }
  return text;
}

int report(const tracking::SweepResult& result, Project& project)
{
  const model::Run& parent = result.parent;
  if (project.options().json) {
    std::cerr << format::to_json_line(parent);
  } else {
    project.reporter().note("sweep " + parent.name + "  " + status_text(parent) + " in " +
                            duration_text(parent) + ": " + counts_text(result.counts));
    if (result.counts.interrupted + result.counts.waiting > 0) {
      project.reporter().note("go on with it: mlrepro run --resume " + shell_words({parent.name}));
    }
  }
  if (result.stopped_by) {
    end_by_signal(*result.stopped_by);
  }
  return result.exit_code;
}

struct Conduct {
  const model::Run& parent;
  const model::Sweep& sweep;
  const SweepGrid& grid;
  const std::vector<std::string>& command;
  std::string cwd;
  bool captures = true;  // there are logs to follow
};

int conduct(const Conduct& what, const SweepOptions& options, tracking::Ports& ports,
            Project& project)
{
  const std::vector<std::string> words = run_words(what.sweep, project);
  const auto job = [&](const tracking::SweepStart& start) {
    ports::JobRequest request{words, what.cwd};
    request.arguments.push_back("--sweep-run=" + what.parent.id.str() + ":" +
                                std::to_string(start.item) + ":" + start.id.str() + ":" +
                                start.name);
    request.arguments.emplace_back("--");
    request.arguments.insert(request.arguments.end(), what.command.begin(), what.command.end());
    return request;
  };
  SweepOutput output(what.grid, project);
  tracking::SweepResult result;
  {
    posix::LocalJobControl jobs;
    result =
        tracking::run_sweep(ports, jobs,
                            {what.parent, what.grid, what.sweep.jobs, options.retry_failed,
                             options.stop_on_failure, what.sweep.jobs > 1 && what.captures, job},
                            output);
  }
  return report(result, project);
}

void check_resumable(const model::Run& parent, const std::string& reference)
{
  if (!parent.sweep) {
    throw Error(ErrorKind::usage,
                "--resume '" + reference + "': run " + parent.name + " is no sweep",
                "start one with --each KEY=VALUE,VALUE");
  }
  for (const auto* words : {&parent.sweep->each, &parent.sweep->options, &parent.command}) {
    if (std::any_of(words->begin(), words->end(), plan::is_scrubbed)) {
      throw Error(ErrorKind::usage,
                  "sweep " + parent.name + ": its command line held a secret, which is not kept",
                  "start a new sweep");
    }
  }
}

// The sweep that a reference names, itself or by one of its runs.
model::Run find_sweep(const tracking::Ports& ports, const Project& project,
                      const std::string& reference)
{
  model::Run run = tracking::resolve_run(ports, project.place(), reference);
  if (run.sweep_item && run.parent) {
    if (auto parent = ports::find_run(ports.runs, *run.parent)) {
      run = std::move(*parent);
    }
  }
  check_resumable(run, reference);
  return run;
}

// What of a sweep is still to be run, and the greatest exit code of its runs so far.
struct Remainder {
  std::vector<std::uint64_t> items;
  int worst = 0;
};

Remainder find_remainder(const tracking::Ports& ports, const model::Run& parent, bool retry_failed)
{
  ports::RunQuery query;
  query.parent = parent.id;
  query.order = ports::Order::oldest_first;
  const auto runs = ports.runs.list(query);
  const auto progress = plan::sweep_progress(parent.sweep->size, runs);
  Remainder rest;
  for (std::uint64_t item = 1; item <= progress.size(); ++item) {
    const plan::ItemState state = progress[item - 1].state;
    if (state != plan::ItemState::finished && (state != plan::ItemState::failed || retry_failed)) {
      rest.items.push_back(item);
    }
  }
  for (const model::Run& run : runs) {
    if (run.sweep_item && *run.sweep_item <= progress.size() &&
        progress[*run.sweep_item - 1].run == run.id) {
      rest.worst = std::max(rest.worst, plan::exit_code_of(run));
    }
  }
  return rest;
}

}  // namespace

int start_sweep(const SweepOptions& options, const RunRequest& request, Project& project)
{
  const SweepGrid grid = grid_of(options, request);
  model::Sweep sweep;
  sweep.each = options.each;
  sweep.sample = parse_positive("--sample", options.sample);
  sweep.seed = request.seed.value_or(0);
  sweep.size = grid.size();
  sweep.jobs = parse_jobs(options.jobs, 1);
  sweep.options = options.words;
  std::erase_if(sweep.options, [](const std::string& word) { return word.starts_with("--name="); });
  check_sweep_request(options, grid, request, sweep.jobs);
  if (options.dry_run) {
    std::vector<std::uint64_t> items;
    for (std::uint64_t item = 1; item <= grid.size(); ++item) {
      items.push_back(item);
    }
    return print_plan(grid, items, {request.command, request.seed}, project);
  }
  const std::string& word = request.command.front();
  if (plan::placeholders_in(word).empty() &&
      !project.process_runner().find_program(word, request.cwd)) {
    fail(Error(ErrorKind::not_found, "command '" + word + "': not found"), project.options());
    return k_no_such_command;
  }
  tracking::Ports& ports = project.open_or_make_store();
  RunRequest shared = request;
  shared.other_data = all_data(grid, request);
  model::Sweep recorded = sweep;  // secrets stand in no record
  recorded.each = plan::scrub_command(sweep.each);
  recorded.options = plan::scrub_command(sweep.options);
  const model::Run parent = tracking::begin_sweep(ports, shared, recorded);
  project.reporter().note("sweep " + parent.name + "  " + std::to_string(grid.size()) + " runs, " +
                          std::to_string(sweep.jobs) + " at once");
  return conduct({parent, sweep, grid, request.command, request.cwd, request.capture_output},
                 options, ports, project);
}

int resume_sweep(const SweepOptions& options, Project& project)
{
  tracking::Ports& ports = project.open_store();
  model::Run parent = find_sweep(ports, project, options.resume);
  model::Sweep sweep = *parent.sweep;
  sweep.jobs = parse_jobs(options.jobs, sweep.jobs);
  const SweepGrid grid(format::parse_sweep_axes(sweep.each), sweep.sample, sweep.seed);
  const Remainder rest = find_remainder(ports, parent, options.retry_failed);
  if (options.dry_run) {
    return print_plan(grid, rest.items, {parent.command, parent.seed}, project);
  }
  if (rest.items.empty()) {
    project.reporter().note("sweep " + parent.name + " has nothing left to run" +
                            (rest.worst == 0 ? "" : "; --retry-failed runs what failed again"));
    return rest.worst;
  }
  const std::string cwd = plan::absolute_path(parent.top, parent.cwd);
  tracking::reopen_sweep(ports, parent);
  parent = *ports::find_run(ports.runs, parent.id);
  const bool captures =
      std::find(sweep.options.begin(), sweep.options.end(), "--no-capture") == sweep.options.end();
  return conduct({parent, sweep, grid, parent.command, cwd, captures && project.config().capture},
                 options, ports, project);
}

}  // namespace mlrepro::cli
