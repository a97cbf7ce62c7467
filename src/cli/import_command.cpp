// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/import_mlflow.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/sharing/bundle.hpp"

namespace mlrepro::cli {
namespace {

int import_runs(const std::string& file, Project& project)
{
  const std::string path = plan::join_path(project.place().cwd, file);
  const auto bundle = Project::open_bundle(path);
  project.open_or_make_store();
  model::Exchange result = sharing::import_bundle(project.sharing_ports(), *bundle);
  result.location = path;
  print(project.options().json ? format::to_json(result, "mlrepro.import/1")
                               : render_exchange(result, "imported", project.style()));
  return 0;
}

}  // namespace

void register_import(CLI::App& app, Action& chosen)
{
  auto file = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("import", "Take the runs of a bundle, or of MLflow, into the store");
  command->add_option("FILE", *file, "What 'mlrepro export' wrote");
  add_import_mlflow(*command, chosen);
  set_help(
      *command,
      {"All of a bundle comes, compared with its digests, or nothing. Nothing in it is "
       "trusted: no file is unpacked, and no command is run before you ask for it with "
       "'mlrepro reproduce'. 'mlrepro import mlflow --help' says what is taken of MLflow.",
       {"mlrepro import run.mlr", "mlrepro import run.mlr --json", "mlrepro import mlflow mlruns"},
       store_codes({{ExitCode::corrupt, "corrupt: it is no bundle, or a damaged one"}})});
  command->callback([file, command, &chosen] {
    const bool bundle = command->get_subcommands().empty();
    if (bundle == file->empty()) {
      throw model::Error(
          model::ErrorKind::usage,
          bundle ? "import: FILE is missing" : "'" + *file + "' is not expected here",
          "usage: " + usage_line(bundle ? *command : *command->get_subcommands().front()));
    }
    if (bundle) {
      chosen = [file](Project& project) { return import_runs(*file, project); };
    }
  });
}

}  // namespace mlrepro::cli
