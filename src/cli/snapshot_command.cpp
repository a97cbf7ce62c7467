// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/query_snapshot.hpp"
#include "cli/render.hpp"
#include "cli/table_profiles.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/profile_document.hpp"
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
  bool profile = false;
  QueryOptions query;
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

void check(const SnapshotOptions& options)
{
  if (options.profile && options.no_store) {
    throw Error(ErrorKind::usage, "--profile and --no-store: a profile is of what is stored",
                "use one of them");
  }
  if (options.query.given()) {
    if (!options.paths.empty()) {
      throw Error(ErrorKind::usage,
                  "PATH '" + options.paths.front() + "' and --sql: a snapshot is of one of them",
                  "take them one by one");
    }
    if (options.no_store) {
      throw Error(ErrorKind::usage, "--no-store: what a query returned can't be found again",
                  "leave it out");
    }
    return;
  }
  if (options.paths.empty()) {
    throw Error(ErrorKind::usage, "snapshot: PATH is missing",
                "name a file or folder, or a query: --sql \"SELECT …\" --from SOURCE -n NAME");
  }
  if (!options.name.empty() && options.paths.size() > 1) {
    throw Error(ErrorKind::usage, "--name: one name for several paths", "take them one by one");
  }
  if (!options.name.empty()) {
    check_label("--name", options.name);
  }
}

std::vector<model::Snapshot> take_paths(const SnapshotOptions& options, Project& project)
{
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
  return taken;
}

int answer_with_profiles(const std::vector<model::Snapshot>& taken, Project& project)
{
  std::vector<format::ProfiledSnapshot> answers;
  for (const model::Snapshot& item : taken) {
    answers.push_back(
        {item, profile_content(project, {item.root, item.id, item.path}, Unreadable::warn)});
  }
  if (project.options().json) {
    print(answers.size() == 1 ? format::to_json(answers.front().snapshot, answers.front().tables)
                              : format::profiled_to_json(answers));
    return 0;
  }
  for (const format::ProfiledSnapshot& item : answers) {
    print(sentence(item.snapshot) + profiles_text(item.tables, project.style()));
  }
  return 0;
}

int snapshot(const SnapshotOptions& options, Project& project)
{
  check(options);
  std::vector<model::Snapshot> taken;
  if (options.query.given()) {
    taken.push_back(snapshot_query(options.query, options.name, project));
  } else {
    taken = take_paths(options, project);
  }
  if (options.profile) {
    return answer_with_profiles(taken, project);
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
  CLI::App* command =
      app.add_subcommand("snapshot", "Version a file, a folder or a query's rows by content");
  command->add_option("PATH", options->paths, "What to version");
  command->add_option("-n,--name", options->name, "Name of the dataset (default: its path)")
      ->type_name("NAME");
  command->add_flag("--no-pointer", options->no_pointer, "Do not write PATH.snap beside it");
  command->add_flag("--no-store", options->no_store, "Record the identity only, not the content");
  command->add_flag("--profile", options->profile, "Look into its tables, and say what is in them");
  add_query_options(*command, options->query);
  set_help(
      *command,
      {"Takes what is there now, and writes PATH.snap, a few lines of text that name it, to "
       "be committed to "
       "Git in place of the data. What is stored already costs nothing again.\n"
       "A .mlreproignore file (gitignore syntax) leaves files out; .gitignore does not, since "
       "data is usually "
       "ignored by Git on purpose.\n"
       "With --sql, the rows that a query returns are kept as a Parquet file, with the query, "
       "the source without its credentials, and the columns' roles; nothing is written to the "
       "source. 'mlrepro check' tells later whether it still returns the same.",
       {"mlrepro snapshot data/", "mlrepro snapshot sales.csv -n sales-2021",
        "mlrepro snapshot train.csv test.csv", "mlrepro snapshot data/ --profile",
        "mlrepro snapshot data/ --no-pointer --json",
        "mlrepro snapshot -n sales --from env:DB --sql-file sales.sql --features a,b --target y"},
       store_codes(
           {{ExitCode::conflict, "conflict: PATH.snap is a file of yours, or a file kept changing"},
            {ExitCode::external,
             "a query's source can't be reached, or there is no table engine"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return snapshot(*options, project); };
  });
}

}  // namespace mlrepro::cli
