// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/tracking/forget.hpp"
#include "mlrepro/tracking/forget_content.hpp"

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

std::string render(const model::ForgottenContent& forgotten)
{
  std::string out = std::to_string(forgotten.files) +
                    (forgotten.files == 1 ? " file or link" : " files and links") +
                    " destroyed in the store\n";
  for (const std::string& path : forgotten.paths) {
    out += "  " + printable(path) + "\n";
  }
  for (const model::Digest& snapshot : forgotten.snapshots) {
    out += "  not whole any more: snapshot " + short_id(snapshot) + "\n";
  }
  if (!forgotten.runs.empty()) {
    out += "  not whole any more: " + names_text(forgotten.runs) + "\n";
  }
  return out;
}

struct ForgetOptions {
  std::vector<std::string> references;
  bool content = false;
};

int forget_content(const ForgetOptions& options, Project& project)
{
  tracking::Ports& ports = project.open_store();
  const model::ForgottenContent result = tracking::forget_content(
      ports, project.collection_ports(), project.place(), {options.references});
  print(project.options().json ? format::to_json(result) : render(result));
  project.reporter().note("files outside the store are as they were");
  return 0;
}

int forget(const ForgetOptions& options, Project& project)
{
  if (options.content) {
    return forget_content(options, project);
  }
  tracking::Ports& ports = project.open_store();
  const model::Forgetting result = tracking::forget(ports, project.collection_ports().keeper,
                                                    project.place(), options.references);
  print(project.options().json ? format::to_json(result) : render(result));
  project.reporter().note("what only they named is in the store until 'mlrepro gc --apply'");
  return 0;
}

}  // namespace

void register_forget(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ForgetOptions>();
  CLI::App* command =
      app.add_subcommand("forget", "Take runs and snapshots off the record, or destroy content");
  command->add_option("REF", options->references, "The runs and snapshots; with --content, paths")
      ->required();
  command->add_flag("--content", options->content,
                    "Destroy the content in the store for good, and keep the records");
  set_help(
      *command,
      {"All of them go, or none. A run goes with its parameters, metrics, tags, logs and "
       "artifacts, and with the snapshots of its inputs and outputs; a snapshot with every "
       "time it was taken. What other records name as well stays. The space is free after "
       "'mlrepro gc --apply'. Nothing is asked, and it can't be undone.\n"
       "With --content, a path or the name of a dataset means all content that was ever "
       "recorded there, in snapshots and in the code of runs; another reference (RUN:PATH, a "
       "snapshot's id, a pointer file) that content alone. It is removed from the store at "
       "once, wherever else it is recorded, together with all garbage and the trash. Records "
       "stay and say when it was forgotten; names, sizes and digests of files stay in them. "
       "What other files that stay have in common with it is theirs, and stays.",
       {"mlrepro forget brave-otter", "mlrepro forget @3 @2", "mlrepro forget data.snap",
        "mlrepro forget data/customers.csv --content",
        "mlrepro forget brave-otter:data --content --json"},
       store_codes({{ExitCode::conflict,
                     "conflict: a run is running, or a snapshot is the data of runs only"},
                    {ExitCode::locked,
                     "locked: the store was in use for too long; 'gc --apply' completes it"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return forget(*options, project); };
  });
}

}  // namespace mlrepro::cli
