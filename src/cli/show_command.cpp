// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct ShowOptions {
  std::string reference;
  std::string metric;
  bool logs = false;
};

std::string load(tracking::Ports& ports, const std::optional<model::Digest>& digest)
{
  return digest ? ports::load_recorded(ports.data.objects, ports::ObjectKind::blob, *digest)
                : std::string();
}

std::string live_text(tracking::Ports& ports, const std::string& path)
{
  return ports.data.files.stat(path, ports::FollowLinks::no)
             ? ports::read_file(ports.data.files, path)
             : "";
}

// Each stream goes where it came from, in the order in which the pieces were written.
int show_logs(tracking::Ports& ports, Project& project, const model::Run& run)
{
  const bool live = run.status == model::RunStatus::running;
  const ports::LogFiles files = ports.live.paths(run.id).logs;
  const std::string out =
      live ? live_text(ports, files.stdout_path) : load(ports, run.logs.stdout_digest);
  const std::string err =
      live ? live_text(ports, files.stderr_path) : load(ports, run.logs.stderr_digest);
  if (project.options().json) {
    print(format::logs_to_json(run.id, out, err));
    return 0;
  }
  if (!live && !run.logs.stdout_digest) {
    project.reporter().note("the output of run " + run.name + " was not kept (run --no-capture)");
  }
  std::istringstream index(live ? live_text(ports, files.index_path)
                                : load(ports, run.logs.index_digest));
  std::size_t done_out = 0;
  std::size_t done_err = 0;
  const auto put = [](std::FILE* stream, std::string_view text) {
    (void)std::fwrite(text.data(), 1, text.size(), stream);
    (void)std::fflush(stream);
  };
  std::uint64_t ms = 0;
  int stream = 0;
  std::size_t size = 0;
  while (index >> ms >> stream >> size) {
    std::size_t& done = stream == 2 ? done_err : done_out;
    const std::string& text = stream == 2 ? err : out;
    if (done < text.size()) {
      put(stream == 2 ? stderr : stdout, std::string_view(text).substr(done, size));
      done += std::min(size, text.size() - done);
    }
  }
  put(stdout, std::string_view(out).substr(done_out));
  put(stderr, std::string_view(err).substr(done_err));
  return 0;
}

std::vector<std::string> user_names(const tracking::Ports& ports, const model::Snapshot& snapshot)
{
  std::vector<std::string> names;
  for (const model::RunId& id : ports.data.snapshots.users(snapshot.id)) {
    const auto run = ports::find_run(ports.runs, id);
    names.push_back(id.str().substr(0, 8) + (run ? "  " + run->name : ""));
  }
  return names;
}

int show_metric(tracking::Ports& ports, Project& project, const model::Run& run,
                const std::string& key)
{
  if (!run.metrics.contains(key)) {
    std::vector<std::string> names;
    for (const auto& [name, summary] : run.metrics) {
      names.push_back(name);
    }
    throw Error(ErrorKind::not_found, "run " + run.name + " has no metric '" + key + "'",
                suggest_among(key, names));
  }
  const auto points = ports.runs.metric_points(run.id, key);
  if (project.options().json) {
    print(format::points_to_json(run.id, key, points));
    return 0;
  }
  TextTable table({"step", "time", key}, {Align::right, Align::left, Align::right});
  for (const model::MetricPoint& point : points) {
    table.add({std::to_string(point.step), point.time.to_iso8601(), format::to_text(point.value)});
  }
  print(table.render(project.style()));
  return 0;
}

int show(const ShowOptions& options, Project& project)
{
  if (options.logs && !options.metric.empty()) {
    throw Error(ErrorKind::usage, "--logs and --metric: one answer shows one of them",
                "use one of them");
  }
  tracking::Ports& ports = project.open_store();
  const tracking::Target target = tracking::resolve(ports, project.place(), options.reference);
  if (!target.run || target.data) {
    if (options.logs || !options.metric.empty()) {
      throw Error(ErrorKind::usage,
                  "reference '" + options.reference + "': only a run has logs and metrics");
    }
    model::Snapshot snapshot;
    if (target.snapshot) {
      snapshot = *target.snapshot;
    } else {
      const auto content = tracking::resolve_content(ports, project.place(), options.reference);
      snapshot = ports.data.snapshots.list({content.id.hex(), "", 1}).front();
      snapshot.path = content.path;
    }
    print(project.options().json ? format::to_json(snapshot)
                                 : render_snapshot(snapshot, user_names(ports, snapshot)));
    return 0;
  }
  if (options.logs) {
    return show_logs(ports, project, *target.run);
  }
  if (!options.metric.empty()) {
    return show_metric(ports, project, *target.run, options.metric);
  }
  print(project.options().json ? format::to_json(*target.run)
                               : render_run(*target.run, project.style()));
  return 0;
}

}  // namespace

void register_show(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command = app.add_subcommand("show", "Everything about one run or snapshot");
  command->add_option("REF", options->reference, "A run, a snapshot, RUN:PATH or a pointer file")
      ->required();
  command->add_flag("--logs", options->logs,
                    "Print what the run printed, stdout to stdout and stderr to stderr");
  command->add_option("--metric", options->metric, "Print one metric's points")->type_name("NAME");
  set_help(*command, {"Of a run that still runs, it shows what has been logged so far.",
                      {"mlrepro show @1", "mlrepro show brave-otter --logs",
                       "mlrepro show @1 --metric loss --json", "mlrepro show @1:data/sales.csv",
                       "mlrepro show data.snap"},
                      store_codes()});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return show(*options, project); };
  });
}

}  // namespace mlrepro::cli
