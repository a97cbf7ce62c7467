// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/sharing/remote_copies.hpp"
#include "mlrepro/tracking/verify_roots.hpp"
#include "mlrepro/versioning/verify.hpp"

namespace mlrepro::cli {
namespace {

struct VerifyArguments {
  std::string reference;
  std::string sample;
  bool repair = false;
};

// "5%" as 0.05.
std::optional<double> parse_share(const std::string& text)
{
  if (text.empty()) {
    return std::nullopt;
  }
  const auto percent = text.ends_with('%')
                           ? format::parse_number(std::string_view(text).substr(0, text.size() - 1))
                           : std::nullopt;
  if (!percent || !(*percent > 0 && *percent <= 100)) {
    throw model::Error(model::ErrorKind::usage,
                       "--sample '" + text + "': not a share of what is stored",
                       "a percentage above 0 and up to 100, for instance 5%");
  }
  return *percent / 100;
}

std::map<model::RunId, std::string> names_of_runs(const tracking::Ports& ports,
                                                  const model::Verification& verification)
{
  std::map<model::RunId, std::string> names;
  for (const model::Damage& damage : verification.damaged) {
    for (const model::RunId& id : damage.runs) {
      const auto run = ports::find_run(ports.runs, id);
      names[id] = run ? run->name : id.str();
    }
  }
  return names;
}

int verify(const VerifyArguments& arguments, Project& project)
{
  versioning::VerifyOptions options;
  options.sample = parse_share(arguments.sample);
  tracking::Ports& ports = project.open_store();
  const auto roots = arguments.reference.empty()
                         ? tracking::all_roots(ports)
                         : tracking::roots_of(ports, tracking::resolve(ports, project.place(),
                                                                       arguments.reference));
  options.extent =
      arguments.reference.empty() ? versioning::Extent::everything : versioning::Extent::roots_only;
  options.seed = static_cast<std::uint64_t>(ports.data.clock.now().ms);
  options.care = &project.store_care();
  versioning::StoreCopies in_store(project.store_care());
  versioning::WorkingTreeCopies in_tree(ports.data, project.place().top);
  std::vector<std::unique_ptr<sharing::RemoteCopies>> in_remotes;
  if (arguments.repair) {
    options.copies = {&in_store, &in_tree};
    const sharing::Ports sharing = project.sharing_ports();
    for (const ports::RemotePlace& place : project.remotes().list()) {
      in_remotes.push_back(std::make_unique<sharing::RemoteCopies>(sharing.content, place.name,
                                                                   Project::open_remote(place)));
      options.copies.push_back(in_remotes.back().get());
    }
  }
  const model::Verification result = versioning::verify(ports.data, roots, options);
  if (project.options().json) {
    print(format::to_json(result));
  } else {
    print(render_verification(result, names_of_runs(ports, result), project.style()));
  }
  return static_cast<int>(result.is_sound() ? ExitCode::ok : ExitCode::check_says_no);
}

}  // namespace

void register_verify(CLI::App& app, Action& chosen)
{
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command =
      app.add_subcommand("verify", "Read what is stored again and say what is damaged");
  command->add_option("REF", arguments->reference,
                      "Only what this run or snapshot needs (default: everything)");
  command
      ->add_option("--sample", arguments->sample,
                   "Read only this share of the content, chosen at random: 5%")
      ->type_name("PERCENT");
  command->add_flag("--repair", arguments->repair,
                    "Store good copies of what is damaged, from where it was taken");
  set_help(*command,
           {"Damaged content is named with the paths, snapshots and runs that need it. Nothing is "
            "changed, but for --repair.\n"
            "A repair takes what has exactly the recorded content: files and folders at the paths "
            "they were taken from, other records of the store, and remotes. Your files are only "
            "read. What was moved can be put back where it was, and repaired then.\n"
            "A sample reads all folders, and other files each time: 'verify --sample 5%' every "
            "night sees most of the store within two months.",
            {"mlrepro verify", "mlrepro verify --sample 5%", "mlrepro verify @1",
             "mlrepro verify data.snap --json", "mlrepro verify --repair"},
            store_codes({{ExitCode::ok, "all sound, or repaired"},
                         {ExitCode::check_says_no, "something is damaged or missing"}})});
  command->callback([arguments, &chosen] {
    chosen = [arguments](Project& project) { return verify(*arguments, project); };
  });
}

}  // namespace mlrepro::cli
