// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "mlrepro/format/documents.hpp"

namespace mlrepro::cli {
namespace {

int init(Project& project)
{
  const bool made = project.make_store();
  project.open_store();
  if (project.options().json) {
    print(format::init_to_json(project.store_path(), made));
  } else {
    print((made ? "made a store in " : "there is a store already in ") + project.store_path() +
          "\n");
  }
  return 0;
}

}  // namespace

void register_init(CLI::App& app, Action& chosen)
{
  CLI::App* command = app.add_subcommand("init", "Make a store here");
  set_help(*command, {"The store is the folder .mlrepro at the top of the Git repository; it "
                      "ignores itself in Git. Verbs "
                      "that write make one by themselves.",
                      {"mlrepro init", "mlrepro init --store /shared/store"},
                      store_codes()});
  command->callback([&chosen] { chosen = init; });
}

}  // namespace mlrepro::cli
