// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/sharing/pull.hpp"

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

struct PullOptions {
  std::vector<std::string> references;
  std::string remote;
  bool dry_run = false;
};

int pull(const PullOptions& options, Project& project)
{
  const sharing::Ports ports = project.sharing_ports();
  const ports::RemotePlace place = choose_remote(project, options.remote);
  const auto remote = Project::open_remote(place);
  sharing::PullRequest request;
  request.references = options.references;
  request.dry_run = options.dry_run ? sharing::DryRun::yes : sharing::DryRun::no;
  model::Exchange result = sharing::pull(ports, *remote, request);
  result.remote = place.name;
  result.location = place.location;
  print(project.options().json ? format::to_json(result, "mlrepro.pull/1")
                               : render_exchange(result, "pulled", project.style()));
  return static_cast<int>(result.incomplete.empty() ? ExitCode::ok : ExitCode::corrupt);
}

}  // namespace

void register_pull(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<PullOptions>();
  CLI::App* command = app.add_subcommand("pull", "Copy runs and snapshots from a remote");
  command->add_option(
      "REF", options->references,
      "Only these: runs by id or name, snapshots by id, path or name (default: all)");
  command
      ->add_option("--remote", options->remote, "The remote (default: the only one, else 'origin')")
      ->type_name("NAME");
  command->add_flag("-n,--dry-run", options->dry_run, "Only say what would be pulled");
  set_help(
      *command,
      {"A run appears when all its content is here and was compared with its digests, or not at "
       "all. "
       "What is here already is not fetched again, and a pull that was stopped is taken up where "
       "it "
       "was. A run that is here as well is joined with what others added to it: tags, notes, "
       "metrics, "
       "artifacts; of two values of one tag, the newer. Your files are not touched, and no command "
       "is "
       "run.\n"
       "Content that was forgotten, here or elsewhere, does not come; what is here stays, whatever "
       "others forgot.",
       {"mlrepro pull", "mlrepro pull brave-otter", "mlrepro pull data.snap --remote team"},
       store_codes({{ExitCode::not_found, "not found: the remote has no such run or snapshot"},
                    {ExitCode::corrupt, "the remote lacks something or is damaged; the rest came"},
                    {ExitCode::external, "the remote can't be reached, or failed"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return pull(*options, project); };
  });
}

}  // namespace mlrepro::cli
