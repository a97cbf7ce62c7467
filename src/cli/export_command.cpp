// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/sharing/bundle.hpp"

namespace mlrepro::cli {
namespace {

struct ExportOptions {
  std::vector<std::string> references;
  std::string file;
  bool force = false;
};

int export_runs(const ExportOptions& options, Project& project)
{
  const sharing::Ports ports = project.sharing_ports();
  model::Exchange result;
  const std::string path = plan::join_path(project.place().cwd, options.file);
  Project::write_bundle(path, options.force, [&](ports::Remote& bundle) {
    result = sharing::export_bundle(ports, bundle, project.place(), options.references);
  });
  result.location = path;
  print(project.options().json ? format::to_json(result, "mlrepro.export/1")
                               : render_exchange(result, "exported", project.style()));
  return 0;
}

}  // namespace

void register_export(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command =
      app.add_subcommand("export", "Write runs with all that they need to one file, a bundle");
  command->add_option("REF", options->references, "The runs and snapshots")->required();
  command->add_option("-o,--output", options->file, "The file")->type_name("FILE")->required();
  command->add_flag("--force", options->force, "Overwrite the file where it is there");
  set_help(
      *command,
      {"The bundle carries code, data, environment record, logs and results: 'mlrepro reproduce "
       "FILE' replays the run anywhere, without Git and without a remote. Content that was "
       "forgotten is not in it. It is a tar archive; unpacked, it is a remote "
       "(docs/sharing.md).",
       {"mlrepro export brave-otter -o run.mlr", "mlrepro export @1 @2 data.snap -o both.mlr"},
       store_codes(
           {{ExitCode::conflict, "conflict: the file is there already, or a run has not ended"},
            {ExitCode::corrupt, "corrupt: something that a run needs is damaged"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return export_runs(*options, project); };
  });
}

}  // namespace mlrepro::cli
