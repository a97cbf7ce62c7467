// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/tracking/forget.hpp"

namespace mlrepro::cli {
namespace {

std::string names_text(const std::vector<std::string>& names)
{
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + printable(name);
  }
  return text;
}

std::string render(const model::Forgetting& forgetting)
{
  std::string out;
  for (const model::ForgottenRun& run : forgetting.runs) {
    out += "run " + printable(run.name) + "  forgotten\n";
    if (!run.replays.empty()) {
      out += "  these replayed it and stay: " + names_text(run.replays) + "\n";
    }
  }
  for (const model::ForgottenSnapshot& snapshot : forgetting.snapshots) {
    out += "snapshot " + short_id(snapshot.id) + "  " + printable(snapshot.path) + "  forgotten\n";
    if (!snapshot.kept_by.empty()) {
      out += "  these have it as data, so that its content stays: " + names_text(snapshot.kept_by) +
             "\n";
    }
  }
  return out;
}

int forget(const std::vector<std::string>& references, Project& project)
{
  tracking::Ports& ports = project.open_store();
  const model::Forgetting result =
      tracking::forget(ports, project.collection_ports().keeper, project.place(), references);
  print(project.options().json ? format::to_json(result) : render(result));
  project.reporter().note("what only they named is in the store until 'mlrepro gc --apply'");
  return 0;
}

}  // namespace

void register_forget(CLI::App& app, Action& chosen)
{
  auto references = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("forget", "Take runs and snapshots off the record");
  command->add_option("REF", *references, "The runs and snapshots")->required();
  set_help(*command,
           {"All of them go, or none. A run goes with its parameters, metrics, tags, logs and "
            "artifacts, and with the snapshots of its inputs and outputs; a snapshot with every "
            "time it was taken. What other records name as well stays. The space is free after "
            "'mlrepro gc --apply'. Nothing is asked, and it can't be undone.",
            {"mlrepro forget brave-otter", "mlrepro forget @3 @2", "mlrepro forget data.snap",
             "mlrepro forget 3f2a91 --json"},
            store_codes({{ExitCode::conflict,
                          "conflict: a run is running, or a snapshot is the data of runs only"}})});
  command->callback([references, &chosen] {
    chosen = [references](Project& project) { return forget(*references, project); };
  });
}

}  // namespace mlrepro::cli
