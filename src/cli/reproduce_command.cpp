// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/scratch_folder.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/reproduction/reproduce.hpp"

namespace mlrepro::cli {
namespace {

struct ReproduceOptions {
  std::string reference;
  std::vector<std::string> tolerances;
  std::string rtol;
  std::string atol;
  std::string scratch;
  bool keep = false;
  bool show_output = false;
  std::string timeout;
};

std::vector<plan::ToleranceRule> rules_of(const ReproduceOptions& options, Project& project)
{
  std::vector<plan::ToleranceRule> rules;
  const double atol = parse_amount("--atol", options.atol).value_or(0);
  const double rtol = parse_amount("--rtol", options.rtol).value_or(0);
  for (const format::ConfiguredTolerance& rule : project.config().tolerances) {
    rules.push_back({rule.metric, rule.tolerance});
  }
  if (atol > 0 || rtol > 0) {
    rules.push_back({"*", {atol, rtol}});
  }
  for (const std::string& text : options.tolerances) {
    rules.push_back(plan::parse_tolerance(text));
  }
  return rules;
}

int reproduce(const ReproduceOptions& options, Project& project)
{
  reproduction::ReproduceRequest request;
  request.tolerances = rules_of(options, project);
  request.timeout_s = parse_amount("--timeout", options.timeout);
  tracking::Ports& ports = project.open_store();
  request.run = tracking::resolve_run(ports, project.place(), options.reference);
  const ScratchFolder scratch(
      options.scratch.empty() ? "" : plan::join_path(project.place().cwd, options.scratch),
      options.keep ? ScratchFolder::Afterwards::keep : ScratchFolder::Afterwards::remove);
  request.scratch = ports.data.files.resolve(scratch.path());
  request.store = project.store_path();
  request.top = project.place().top;
  request.user = project.user();
  request.host = project.host();
  // On stdout is the verdict alone; the replay's own output is in its logs.
  request.show_output = options.show_output && !project.options().json;
  project.reporter().note("replaying " + request.run.name + ": " +
                          shell_words(request.run.command));
  const model::Reproduction result = reproduction::reproduce(ports, request);
  print(project.options().json ? format::to_json(result)
                               : render_reproduction(result, project.style()));
  if (scratch.is_kept()) {
    project.reporter().note("the replay's folder is " + scratch.path());
  }
  return static_cast<int>(exit_code_of(result.verdict));
}

}  // namespace

void register_reproduce(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command = app.add_subcommand(
      "reproduce", "Run a recorded run again and judge whether it comes out the same");
  command->add_option("REF", options->reference, "The run")->required();
  command
      ->add_option(
          "--tol", options->tolerances,
          "Tolerance of one metric, METRIC=abs:X or METRIC=rel:X; * stands for any characters")
      ->type_name("RULE")
      ->allow_extra_args(false);
  command
      ->add_option("--rtol", options->rtol, "Relative tolerance of all metrics (default: 0, equal)")
      ->type_name("X");
  command
      ->add_option("--atol", options->atol, "Absolute tolerance of all metrics (default: 0, equal)")
      ->type_name("X");
  command->add_option("--scratch", options->scratch, "Replay in this new folder, and keep it")
      ->type_name("DIR");
  command->add_flag("--keep", options->keep, "Keep the scratch folder");
  command->add_flag("--show-output", options->show_output, "Show what the replay prints");
  command->add_option("--timeout", options->timeout, "Stop the replay after this many seconds")
      ->type_name("S");
  set_help(
      *command,
      {"Restores the run's code and inputs into an empty folder outside your tree, checks the "
       "environment "
       "against the record, runs the command again and compares metrics and outputs. The replay is "
       "recorded "
       "as a run of its own.",
       {"mlrepro reproduce @1", "mlrepro reproduce brave-otter --tol 'auc=abs:0.002'",
        "mlrepro reproduce @1 --rtol 1e-6 --json",
        "mlrepro reproduce @1 --show-output --scratch replay"},
       store_codes({{ExitCode::ok, "reproduced"},
                    {ExitCode::check_says_no, "differs: a metric or an output came out different"},
                    {ExitCode::not_found, "blocked: the record lacks something; or no such run"},
                    {ExitCode::external, "failed: the replayed command failed"},
                    {ExitCode::incomparable, ""}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return reproduce(*options, project); };
  });
}

}  // namespace mlrepro::cli
