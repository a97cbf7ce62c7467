// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/replay_request.hpp"
#include "cli/scratch_folder.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/resource_metric.hpp"
#include "mlrepro/reproduction/explain.hpp"

namespace mlrepro::cli {
namespace {

struct ExplainOptions {
  std::string a;
  std::string b;
  std::string metric;
  bool fresh = false;
  bool show_output = false;
  std::string timeout;
};

// The metric that was asked for, or the only one that both runs have and that differs.
std::string metric_of(const ExplainOptions& options, const model::Run& a, const model::Run& b)
{
  if (!options.metric.empty()) {
    return options.metric;
  }
  std::vector<std::string> names;
  for (const auto& [name, summary] : a.metrics) {
    const auto twin = b.metrics.find(name);
    if (!model::is_resource_metric(name) && twin != b.metrics.end() &&
        twin->second.last != summary.last) {
      names.push_back(name);
    }
  }
  if (names.size() == 1) {
    return names.front();
  }
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + name;
  }
  throw model::Error(
      model::ErrorKind::usage,
      names.empty() ? "no metric of the two runs differs" : "several metrics differ: " + list,
      names.empty() ? "see 'mlrepro diff'" : "choose one with --metric");
}

void announce(const reproduction::ExplainPlan& plan, Project& project)
{
  project.reporter().note(
      "the runs differ in " + model::names_of(plan.factors) + "; at most " +
      format::counted(plan.replays, "replay") + " of about " +
      format::human_duration(plan.seconds_each) + ", " +
      format::human_duration(plan.seconds_each * static_cast<double>(plan.replays)) + " in all");
}

int explain(const ExplainOptions& options, Project& project)
{
  tracking::Ports& ports = project.open_store();
  reproduction::ExplainRequest request;
  request.a = tracking::resolve_run(ports, project.place(), options.a);
  request.b = tracking::resolve_run(ports, project.place(), options.b);
  request.metric = metric_of(options, request.a, request.b);
  request.reuse = !options.fresh;
  request.replay = replay_request(project, options.timeout, options.show_output);
  std::unique_ptr<ScratchFolder> scratch;
  const model::Explanation result = reproduction::explain(
      ports, project.environment_builder(), request,
      [&] {
        // The one before goes first.
        scratch.reset();
        scratch = std::make_unique<ScratchFolder>("", ScratchFolder::Afterwards::remove);
        return ports.data.files.resolve(scratch->path());
      },
      [&](const reproduction::ExplainPlan& plan) { announce(plan, project); });
  print(project.options().json ? format::to_json(result)
                               : render_explanation(result, project.style()));
  return static_cast<int>(ExitCode::ok);
}

}  // namespace

void register_explain(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand("explain", "Say what makes a metric of two runs differ");
  command->add_option("A", options->a, "A run")->required();
  command->add_option("B", options->b, "Another run")->required();
  command
      ->add_option("--metric", options->metric, "The metric (default: the only one that differs)")
      ->type_name("NAME");
  command->add_flag("--fresh", options->fresh, "Do not use replays of earlier questions");
  command->add_flag("--show-output", options->show_output, "Show what the replays print");
  command->add_option("--timeout", options->timeout, "Stop a replay after this many seconds")
      ->type_name("S");
  set_help(
      *command,
      {"Replays mixtures of the two runs, such as A with the data of B, and says how much of the "
       "difference each factor makes: code, config (the command line and the values in parameter "
       "files), data, environment. Each factor's part is its Shapley value: its mean effect over "
       "all "
       "orders in which the factors can be exchanged. When one factor makes all of it, the other "
       "mixtures are left out. Environments that differ are rebuilt from the records. The replays "
       "are recorded as runs, and used again (docs/reproduce.md).",
       {"mlrepro explain summer-2021 summer-2022 --metric rmse", "mlrepro explain @2 @1 --json"},
       store_codes({{ExitCode::not_found, "no such run or metric, or a run that can't be replayed"},
                    {ExitCode::external,
                     "a mixture of the runs can't be run to its end, or gives no number"}})});
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return explain(*options, project); };
  });
}

}  // namespace mlrepro::cli
