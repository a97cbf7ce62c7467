// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <array>
#include <memory>

#include "cli/commands.hpp"
#include "cli/export_mlflow.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/sharing/bundle.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct ExportOptions {
  MlflowExportOptions mlflow;  // with the references
  std::string file;
  bool force = false;
};

int export_bundle(const ExportOptions& options, Project& project)
{
  const sharing::Ports ports = project.sharing_ports();
  model::Exchange result;
  const std::string path = plan::join_path(project.place().cwd, options.file);
  Project::write_bundle(path, options.force, [&](ports::Remote& bundle) {
    result = sharing::export_bundle(ports, bundle, project.place(), options.mlflow.references);
  });
  result.location = path;
  print(project.options().json ? format::to_json(result, "mlrepro.export/1")
                               : render_exchange(result, "exported", project.style()));
  return 0;
}

// What only one of the two kinds of export has.
void check(const ExportOptions& options)
{
  const auto refuse = [](const std::string& what, const std::string& hint) {
    throw Error(ErrorKind::usage, what, hint);
  };
  const MlflowExportOptions& mlflow = options.mlflow;
  const bool to_server = !mlflow.address.empty();
  if (to_server == !options.file.empty()) {
    refuse(to_server ? "--mlflow and --output: one export goes to one place" : "export: where to?",
           "write a bundle with -o FILE, or send the runs to a server with --mlflow URI");
  }
  if (to_server && options.force) {
    refuse("--force: for a file only", "leave it out: a server's runs are never overwritten");
  }
  const std::array<std::pair<const char*, bool>, 7> server_only = {
      {{"--filter", !mlflow.filter.empty()},
       {"--experiment", !mlflow.experiment.empty()},
       {"--no-artifacts", mlflow.no_artifacts},
       {"--truncate", mlflow.truncate},
       {"--verify-content", mlflow.verify_content},
       {"--recheck", mlflow.recheck},
       {"--dry-run", mlflow.dry_run}}};
  for (const auto& [option, given] : server_only) {
    if (given && !to_server) {
      refuse(std::string(option) + ": only with --mlflow", "leave it out, or name a server");
    }
  }
  if (!to_server && mlflow.references.empty()) {
    refuse("REF: name at least one run or snapshot", "type 'mlrepro export RUN -o FILE'");
  }
}

int export_runs(const ExportOptions& options, Project& project)
{
  check(options);
  return options.mlflow.address.empty() ? export_bundle(options, project)
                                        : export_to_mlflow(options.mlflow, project);
}

void add_server_options(CLI::App& command, MlflowExportOptions& options)
{
  command
      .add_option("--mlflow", options.address,
                  "A server of MLflow's protocol that the runs are sent to (docs/mlflow.md)")
      ->type_name("URI");
  command.add_option("--filter", options.filter, "--mlflow: the runs that this is true of")
      ->type_name("EXPR");
  command
      .add_option(
          "--experiment", options.experiment,
          "--mlflow: the experiment there (default: of the run's own name); made if missing")
      ->type_name("NAME");
  command.add_flag("--no-artifacts", options.no_artifacts, "--mlflow: send no files");
  command.add_flag("--truncate", options.truncate,
                   "--mlflow: cut values that MLflow has no room for, instead of leaving them out");
  command.add_flag("--verify-content", options.verify_content,
                   "--mlflow: read back all files whole, not only their sizes");
  command.add_flag("--recheck", options.recheck,
                   "--mlflow: read back also runs that were complete there, and mend them");
  command.add_flag("-n,--dry-run", options.dry_run, "--mlflow: only say what would be sent");
}

}  // namespace

void register_export(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand(
      "export", "Write runs with all that they need to a bundle, or send them to an MLflow server");
  command->add_option("REF", options->mlflow.references,
                      "The runs and snapshots; with --mlflow: runs (default: all that have ended)");
  command->add_option("-o,--output", options->file, "The file")->type_name("FILE");
  command->add_flag("--force", options->force, "Overwrite the file where it is there");
  add_server_options(*command, options->mlflow);
  set_help(
      *command,
      {"The bundle carries code, data, environment record, logs and results: 'mlrepro reproduce "
       "FILE' replays the run anywhere, without Git and without a remote. Content that was "
       "forgotten is not in it. It is a tar archive; unpacked, it is a remote "
       "(docs/sharing.md).\n"
       "--mlflow sends parameters, metrics with their history, tags, inputs as datasets, "
       "artifacts, "
       "outputs, logs and models to any server that speaks MLflow's protocol, reads all back and "
       "tells what is not there as here. What is there already is not sent again, so that an "
       "export "
       "that was cut short is taken up by the same command. Who you are is said by the variables "
       "of "
       "MLflow's client: MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_USERNAME and _PASSWORD, "
       "MLFLOW_TRACKING_SERVER_CERT_PATH.",
       {"mlrepro export brave-otter -o run.mlr", "mlrepro export @1 @2 data.snap -o both.mlr",
        "mlrepro export --mlflow https://mlflow.example.org brave-otter",
        "mlrepro export --mlflow http://127.0.0.1:5000 --filter 'metrics.auc > 0.9' --dry-run"},
       store_codes(
           {{ExitCode::conflict, "conflict: the file is there already, or a run has not ended"},
            {ExitCode::corrupt, "corrupt: something that a run needs is damaged"},
            {ExitCode::external,
             "the server can't be reached or refuses, or a run is not there as it is here"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return export_runs(*options, project); };
  });
}

}  // namespace mlrepro::cli
