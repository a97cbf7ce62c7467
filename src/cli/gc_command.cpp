// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/collect_garbage.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct GcOptions {
  bool apply = false;
  bool now = false;
  std::string grace;
  std::string wait;
};

constexpr const char* k_default_grace = "2w";
constexpr const char* k_default_wait = "60s";

std::int64_t parse_duration(const std::string& option, const std::string& text)
{
  const auto ms = format::parse_duration_ms(text);
  if (!ms) {
    throw Error(ErrorKind::usage, option + " '" + text + "': not a time span",
                "a whole number with w, d, h, m or s behind it, such as 3d");
  }
  return *ms;
}

int collect(const GcOptions& options, Project& project)
{
  if (options.now && !options.grace.empty()) {
    throw Error(ErrorKind::usage, "--now and --grace: the one is a grace of 0", "use one of them");
  }
  tracking::GarbageRequest request;
  request.apply = options.apply;
  request.grace_ms = options.now ? 0
                                 : parse_duration("--grace", options.grace.empty() ? k_default_grace
                                                                                   : options.grace);
  request.patience = std::chrono::milliseconds(
      parse_duration("--wait", options.wait.empty() ? k_default_wait : options.wait));
  tracking::Ports& ports = project.open_store();
  const model::Collection result =
      tracking::collect_garbage(ports, project.collection_ports(), request);
  print(project.options().json ? format::to_json(result)
                               : render_collection(result, project.style()));
  return 0;
}

}  // namespace

void register_gc(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<GcOptions>();
  CLI::App* command =
      app.add_subcommand("gc", "Say what content no record needs any more, and remove it");
  command->add_flag("--apply", options->apply, "Do it; without, only say what would be done");
  command
      ->add_option("--grace", options->grace,
                   "How long what is removed stays in the trash (default: 2w)")
      ->type_name("TIME");
  command->add_flag("--now", options->now, "Empty the trash and use none: a grace of 0");
  command
      ->add_option("--wait", options->wait,
                   "Wait so long for others to let go of the store (default: 60s)")
      ->type_name("TIME");
  set_help(*command,
           {"Needed is what runs, snapshots and artifacts on record name, those of running runs "
            "among them; 'mlrepro forget' takes records away. What is removed goes to the trash "
            "of the store, and from there for good when a later 'gc --apply' finds it older than "
            "--grace. A pack of 16 MB or more in which less than a tenth is unneeded stays as it "
            "is.\n"
            "It may run beside anything else: nothing that is needed, or is just being recorded, "
            "goes. TIME is a number with w, d, h, m or s behind it.",
            {"mlrepro gc", "mlrepro gc --apply", "mlrepro gc --apply --now",
             "mlrepro gc --apply --grace 3d --json"},
            store_codes({{ExitCode::locked, "locked: the store was in use for longer than --wait"},
                         {ExitCode::corrupt,
                          "corrupt: what is needed can't be told, so that nothing is removed"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return collect(*options, project); };
  });
}

}  // namespace mlrepro::cli
