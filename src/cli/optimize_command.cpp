// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::cli {
namespace {

constexpr const char* k_default_level = "12";
constexpr double k_lowest = 2;
constexpr double k_highest = 19;

int parse_level(const std::string& text)
{
  const auto level = format::parse_number(text);
  if (!level || *level < k_lowest || *level > k_highest || *level != static_cast<int>(*level)) {
    throw model::Error(model::ErrorKind::usage, "--level '" + text + "': not a level of zstd",
                       "a whole number from 2 (quick) to 19 (small)");
  }
  return static_cast<int>(*level);
}

int optimize(const std::string& level, Project& project)
{
  ports::OptimizeRules rules;
  rules.level = parse_level(level);
  project.open_store();
  const model::Optimization result = project.store_optimizer().optimize(rules, project.reporter());
  print(project.options().json ? format::to_json(result) : render_optimization(result));
  return 0;
}

}  // namespace

void register_optimize(CLI::App& app, Action& chosen)
{
  auto level = std::make_shared<std::string>(k_default_level);
  CLI::App* command =
      app.add_subcommand("optimize", "Compress what is stored harder, so that it takes less room");
  command
      ->add_option("--level", *level,
                   "Effort, as levels of zstd: from 2 (quick) to 19 (small) (default: 12)")
      ->type_name("LEVEL");
  set_help(*command,
           {"Snapshots and runs are stored with little effort, so that nobody waits. This "
            "compresses it again with more, in longer blocks, and joins small packs. Every object "
            "stays, and is checked before it is written again. What was compressed at this level "
            "or a higher one before is left alone: a second call has nothing to do.\n"
            "It may run beside anything else, for instance at night; when it is stopped, what was "
            "done stays done. It needs free space for one more pack, up to about 512 MB.",
            {"mlrepro optimize", "mlrepro optimize --level 19", "mlrepro optimize --json"},
            store_codes({{ExitCode::locked,
                          "locked: another process exchanges packs for more than a minute"}})});
  command->callback([level, &chosen] {
    chosen = [level](Project& project) { return optimize(*level, project); };
  });
}

}  // namespace mlrepro::cli
