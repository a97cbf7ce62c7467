// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/versioning/snapshot.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct SnapshotOptions {
  std::vector<std::string> paths;
  std::string name;
  bool no_pointer = false;
  bool no_store = false;
};

std::string sentence(const model::Snapshot& snapshot)
{
  return short_id(snapshot.id) + "  " +
         printable(snapshot.name.empty() ? snapshot.path : snapshot.name) + "  " +
         files_text(snapshot.root.files, snapshot.root.size) + ", " +
         (snapshot.stored == model::Stored::identity_only ? "identity only"
          : snapshot.new_bytes == 0
              ? "nothing new to store"
              : format::human_bytes(snapshot.new_bytes) + " new in the store") +
         "\n";
}

// Before anything is taken, so that a misspelt path among several leaves nothing half done.
void check_is_there(const tracking::Ports& ports, const Project& project, const std::string& word)
{
  const std::string path = plan::join_path(project.place().cwd, word);
  if (ports.data.files.stat(path, ports::FollowLinks::no)) {
    return;
  }
  std::vector<std::string> names;
  const std::string folder = plan::join_path(path, "..");
  if (ports.data.files.stat(folder, ports::FollowLinks::yes)) {
    const auto opened = ports.data.files.open_folder(folder);
    names.assign(opened->names().begin(), opened->names().end());
  }
  throw Error(ErrorKind::not_found, "path '" + word + "': nothing there",
              plan::did_you_mean(plan::base_name(path), names));
}

int snapshot(const SnapshotOptions& options, Project& project)
{
  if (!options.name.empty() && options.paths.size() > 1) {
    throw Error(ErrorKind::usage, "--name: one name for several paths", "take them one by one");
  }
  if (!options.name.empty()) {
    check_label("--name", options.name);
  }
  tracking::Ports& ports = project.open_or_make_store();
  for (const std::string& word : options.paths) {
    check_is_there(ports, project, word);
  }
  std::vector<model::Snapshot> taken;
  for (const std::string& word : options.paths) {
    const std::string path = plan::join_path(project.place().cwd, word);
    const auto stored = options.no_store ? model::Stored::identity_only : model::Stored::content;
    taken.push_back(versioning::take_snapshot(
        ports.data, {path, plan::recorded_path(project.place().top, path), options.name, stored}));
    if (!options.no_pointer) {
      const std::string pointer = versioning::write_pointer(ports.data, path, taken.back());
      project.reporter().note("wrote " + plan::recorded_path(project.place().cwd, pointer) +
                              ": commit it to Git, and list " +
                              plan::recorded_path(project.place().cwd, path) + " in .gitignore");
    }
  }
  if (project.options().json) {
    print(taken.size() == 1 ? format::to_json(taken.front())
                            : format::snapshots_to_json(taken, std::nullopt));
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
  command->add_option("PATH", options->paths, "What to version")->required();
  command->add_option("-n,--name", options->name, "Name of the dataset (default: its path)")
      ->type_name("NAME");
  command->add_flag("--no-pointer", options->no_pointer, "Do not write PATH.snap beside it");
  command->add_flag("--no-store", options->no_store, "Record the identity only, not the content");
  set_help(*command,
           {"Takes what is there now, and writes PATH.snap, a few lines of text that name it, to "
            "be committed to "
            "Git in place of the data. What is stored already costs nothing again.\n"
            "A .mlreproignore file (gitignore syntax) leaves files out; .gitignore does not, since "
            "data is usually "
            "ignored by Git on purpose.",
            {"mlrepro snapshot data/", "mlrepro snapshot sales.csv -n sales-2021",
             "mlrepro snapshot train.csv test.csv", "mlrepro snapshot data/ --no-pointer --json"},
            store_codes({{ExitCode::conflict,
                          "conflict: PATH.snap is a file of yours, or a file kept changing"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return snapshot(*options, project); };
  });
}

}  // namespace mlrepro::cli
