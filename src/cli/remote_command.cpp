// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/remote_choice.hpp"
#include "cli/text_table.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::cli {
namespace {

struct RemoteOptions {
  std::string name;
  std::string folder;
};

int answer(Project& project)
{
  const auto places = project.remotes().list();
  if (project.options().json) {
    std::vector<format::RemoteLine> lines;
    for (const ports::RemotePlace& place : places) {
      lines.push_back({place.name, place.location});
    }
    print(format::remotes_to_json(lines));
    return 0;
  }
  TextTable table({"remote", "where"});
  for (const ports::RemotePlace& place : places) {
    table.add({place.name, place.location});
  }
  print(table.empty() ? "no remotes\n" : table.render(project.style()));
  return 0;
}

int add(const RemoteOptions& options, Project& project)
{
  check_label("NAME", options.name);
  const ports::RemotePlace place{options.name,
                                 plan::join_path(project.place().cwd, options.folder)};
  Project::establish_remote(place);
  project.open_or_make_store();
  project.remotes().add(place);
  return answer(project);
}

int remove(const RemoteOptions& options, Project& project)
{
  if (!project.remotes().remove(options.name)) {
    (void)choose_remote(project, options.name);  // says which there are
  }
  project.reporter().note("what is in it stays as it is");
  return answer(project);
}

CLI::App* add_action(CLI::App& remote, const std::string& name, const std::string& text,
                     const HelpPage& page)
{
  CLI::App* command = remote.add_subcommand(name, text);
  command->fallthrough();
  set_help(*command, page);
  return command;
}

void add_actions(CLI::App& remote, const std::shared_ptr<RemoteOptions>& options, Action& chosen)
{
  CLI::App* adding = add_action(
      remote, "add", "Name a folder to push to and pull from",
      {"DIR has to be there: a folder of a mounted share, for instance. An empty one is made a "
       "remote; one that others made a remote is used as it is. Nothing is pushed or pulled yet.",
       {"mlrepro remote add origin /mnt/team/mlrepro"},
       store_codes(
           {{ExitCode::conflict, "conflict: the name is taken, or DIR has other things in it"},
            {ExitCode::external, ""}})});
  adding->add_option("NAME", options->name, "What to call it")->required();
  adding->add_option("DIR", options->folder, "The folder")->required();
  adding->callback([options, &chosen] {
    chosen = [options](Project& project) { return add(*options, project); };
  });
  CLI::App* listing = add_action(remote, "list", "Say which remotes there are",
                                 {"", {"mlrepro remote list --json"}, store_codes()});
  listing->callback([&chosen] { chosen = answer; });
  CLI::App* removing =
      add_action(remote, "remove", "Forget a remote's name",
                 {"The folder stays as it is.", {"mlrepro remote remove origin"}, store_codes()});
  removing->add_option("NAME", options->name, "Its name")->required();
  removing->callback([options, &chosen] {
    chosen = [options](Project& project) { return remove(*options, project); };
  });
}

}  // namespace

void register_remote(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<RemoteOptions>();
  CLI::App* remote = app.add_subcommand("remote", "Name folders to push to and pull from");
  add_actions(*remote, options, chosen);
  set_help(
      *remote,
      {"A remote is a folder that several machines reach, such as a mounted share. Its name is "
       "kept in this store alone: it is no part of what is committed or pushed.",
       {"mlrepro remote add origin /mnt/team/mlrepro", "mlrepro remote list",
        "mlrepro remote remove origin"},
       store_codes({{ExitCode::external, ""}})});
  remote->callback([remote] {
    if (remote->get_subcommands().empty()) {
      throw model::Error(model::ErrorKind::usage, "remote what?", "one of add, list and remove");
    }
  });
}

}  // namespace mlrepro::cli
