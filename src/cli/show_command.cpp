// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/show_metric.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct ShowOptions {
  std::string reference;
  MetricChoice metrics;
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

void check(const ShowOptions& options, bool json)
{
  if (options.logs && !options.metrics.names.empty()) {
    throw Error(ErrorKind::usage, "--logs and --metric: one answer shows one of them",
                "use one of them");
  }
  if (options.metrics.csv && options.metrics.names.empty()) {
    throw Error(ErrorKind::usage, "--csv: only of metrics",
                "say which: show RUN --metric NAME --csv");
  }
  if (options.metrics.csv && json) {
    throw Error(ErrorKind::usage, "--csv and --json: one answer is one of them", "use one of them");
  }
}

int show(const ShowOptions& options, Project& project)
{
  check(options, project.options().json);
  const bool wants_metrics = !options.metrics.names.empty();
  tracking::Ports& ports = project.open_store();
  const tracking::Target target = tracking::resolve(ports, project.place(), options.reference);
  if (!target.run || target.data) {
    if (options.logs || wants_metrics) {
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
  if (wants_metrics) {
    return show_metrics(ports, project, *target.run, options.metrics);
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
  command
      ->add_option("--metric", options->metrics.names,
                   "Plot a metric over its steps; several times, or a pattern such as 'val/*', for "
                   "several")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_flag("--csv", options->metrics.csv,
                    "With --metric: every point, as lines of metric, step, time and value");
  set_help(*command,
           {"Of a run that still runs, it shows what has been logged so far. A plot has the width "
            "of the terminal; where many points share a column, the least and the greatest are "
            "drawn. --csv and --json have every point, in the order in which they were logged.",
            {"mlrepro show @1", "mlrepro show brave-otter --logs", "mlrepro show @1 --metric loss",
             "mlrepro show @1 --metric loss --metric 'val/*' --csv",
             "mlrepro show @1:data/sales.csv", "mlrepro show data.snap"},
            store_codes()});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return show(*options, project); };
  });
}

}  // namespace mlrepro::cli
