// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/tracking/verify_roots.hpp"
#include "mlrepro/versioning/verify.hpp"

namespace mlrepro::cli {
namespace {

int verify(const std::string& reference, Project& project)
{
  tracking::Ports& ports = project.open_store();
  const auto roots =
      reference.empty()
          ? tracking::all_roots(ports)
          : tracking::roots_of(ports, tracking::resolve(ports, project.place(), reference));
  const auto extent =
      reference.empty() ? versioning::Extent::everything : versioning::Extent::roots_only;
  const model::Verification result = versioning::verify(ports.data, roots, extent);
  if (project.options().json) {
    print(format::to_json(result));
  } else {
    std::map<model::RunId, std::string> names;
    for (const model::Damage& damage : result.damaged) {
      for (const model::RunId& id : damage.runs) {
        const auto run = ports::find_run(ports.runs, id);
        names[id] = run ? run->name : id.str();
      }
    }
    print(render_verification(result, names, project.style()));
  }
  return static_cast<int>(result.damaged.empty() ? ExitCode::ok : ExitCode::check_says_no);
}

}  // namespace

void register_verify(CLI::App& app, Action& chosen)
{
  auto reference = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("verify", "Read what is stored again and say what is damaged");
  command->add_option("REF", *reference,
                      "Only what this run or snapshot needs (default: everything)");
  set_help(*command, {"Damaged content is named with the paths, snapshots and runs that need it. "
                      "Nothing is changed.",
                      {"mlrepro verify", "mlrepro verify @1", "mlrepro verify data.snap --json"},
                      store_codes({{ExitCode::ok, "all sound"},
                                   {ExitCode::check_says_no, "something is damaged or missing"}})});
  command->callback([reference, &chosen] {
    chosen = [reference](Project& project) { return verify(*reference, project); };
  });
}

}  // namespace mlrepro::cli
