// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/sharing/push.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/remote_choice.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"

namespace mlrepro::cli {
namespace {

struct PushOptions {
  std::vector<std::string> references;
  std::string remote;
  bool dry_run = false;
  bool recheck = false;
};

int push(const PushOptions& options, Project& project)
{
  const sharing::Ports ports = project.sharing_ports();
  const ports::RemotePlace place = choose_remote(project, options.remote);
  const auto remote = Project::open_remote(place);
  sharing::PushRequest request;
  request.references = options.references;
  request.dry_run = options.dry_run ? sharing::DryRun::yes : sharing::DryRun::no;
  request.recheck = options.recheck ? sharing::Recheck::yes : sharing::Recheck::no;
  model::Exchange result = sharing::push(ports, *remote, project.place(), request);
  result.remote = place.name;
  result.location = place.location;
  print(project.options().json ? format::to_json(result, "mlrepro.push/1")
                               : render_exchange(result, "pushed", project.style()));
  return static_cast<int>(result.incomplete.empty() ? ExitCode::ok : ExitCode::corrupt);
}

}  // namespace

void register_push(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<PushOptions>();
  CLI::App* command = app.add_subcommand("push", "Copy runs and snapshots to a remote");
  command->add_option("REF", options->references,
                      "Only these runs and snapshots (default: all that the remote lacks)");
  command
      ->add_option("--remote", options->remote, "The remote (default: the only one, else 'origin')")
      ->type_name("NAME");
  command->add_flag("-n,--dry-run", options->dry_run, "Only say what would be pushed");
  command->add_flag("--recheck", options->recheck,
                    "Read what the remote has already, and send again what is damaged there");
  set_help(
      *command,
      {"A run goes with everything on record about it: parameters, metrics, tags, notes, logs, "
       "artifacts, code, inputs, outputs and environment. What the remote has already is not sent "
       "again, down to the parts of files. Runs that have not ended stay here, and so does content "
       "that was forgotten.\n"
       "Others may push at the same time. A push that is stopped leaves the remote readable, and "
       "is "
       "taken up where it was. Of what is named, the remote is asked for everything, so that what "
       "it "
       "lost comes back; --recheck finds what is damaged there, too. Nothing is ever removed from "
       "a "
       "remote.",
       {"mlrepro push", "mlrepro push brave-otter data.snap",
        "mlrepro push --remote team --dry-run", "mlrepro push --recheck"},
       store_codes({{ExitCode::corrupt, "something lacks content here, and was left out"},
                    {ExitCode::external, "the remote can't be reached, or failed"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return push(*options, project); };
  });
}

}  // namespace mlrepro::cli
