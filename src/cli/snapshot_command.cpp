// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/snapshot.hpp"

namespace mlrepro::cli {
namespace {

struct SnapshotOptions {
  std::vector<std::string> paths;
  std::string name;
  bool no_pointer = false;
  bool no_store = false;
};

std::string sentence(const model::Snapshot& snapshot)
{
  return snapshot.id.hex().substr(0, 12) + "  " +
         printable(snapshot.name.empty() ? snapshot.path : snapshot.name) + "  " +
         std::to_string(snapshot.root.files) + (snapshot.root.files == 1 ? " file, " : " files, ") +
         format::human_bytes(snapshot.root.size) + ", " + format::human_bytes(snapshot.new_bytes) +
         " new in the store\n";
}

int snapshot(const SnapshotOptions& options, Project& project)
{
  if (!options.name.empty() && options.paths.size() > 1) {
    throw model::Error(model::ErrorKind::usage, "--name: one name for several paths",
                       "take them one by one");
  }
  tracking::Ports& ports = project.open_or_make_store();
  std::vector<model::Snapshot> taken;
  for (const std::string& word : options.paths) {
    const std::string path = plan::join_path(project.place().cwd, word);
    const auto stored = options.no_store ? model::Stored::identity_only : model::Stored::content;
    taken.push_back(versioning::take_snapshot(
        ports.data, {path, plan::recorded_path(project.place().top, path), options.name, stored}));
    if (!options.no_pointer) {
      const std::string pointer = versioning::write_pointer(ports.data, path, taken.back());
      project.reporter().note("pointer file " + plan::recorded_path(project.place().cwd, pointer) +
                              " is for Git: commit it, and list the data itself in .gitignore");
    }
  }
  if (project.options().json) {
    print(taken.size() == 1 ? format::to_json(taken.front()) : format::snapshots_to_json(taken));
    return 0;
  }
  for (const model::Snapshot& item : taken) {
    print(sentence(item));
  }
  return 0;
}

}  // namespace

void register_snapshot(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<SnapshotOptions>();
  CLI::App* command = app.add_subcommand("snapshot", "Version a file or folder by its content");
  command->add_option("path", options->paths, "What to version")->required();
  command->add_option("-n,--name", options->name, "Name of the dataset (default: its path)");
  command->add_flag("--no-pointer", options->no_pointer, "Do not write PATH.snap beside it");
  command->add_flag("--no-store", options->no_store, "Record the identity only, not the content");
  command->footer(
      "A .mlreproignore file (gitignore syntax) leaves files out; .gitignore does not, since data "
      "is\n"
      "usually ignored by Git on purpose.\n\n" +
      help_footer({"mlrepro snapshot data/", "mlrepro snapshot sales.csv -n sales-2021",
                   "mlrepro snapshot data/ --no-pointer --json"}));
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return snapshot(*options, project); };
  });
}

}  // namespace mlrepro::cli
