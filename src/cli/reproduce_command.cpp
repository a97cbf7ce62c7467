// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/ask_what_if.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/replays.hpp"
#include "cli/report_files.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/reproduction_reader.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/reproduction/reproduce.hpp"
#include "mlrepro/sharing/bundle.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

constexpr const char* k_bundle_suffix = ".mlr";

// A bundle is imported first. Whoever names a file asks for its command.
model::Run run_of(const std::string& reference, Project& project)
{
  const std::string path = plan::join_path(project.place().cwd, reference);
  if (!reference.ends_with(k_bundle_suffix)) {
    return tracking::resolve_run(project.open_store(), project.place(), reference);
  }
  const auto bundle = Project::open_bundle(path);
  const model::RunId id = sharing::only_run(*bundle);
  project.open_or_make_store();
  const sharing::Ports ports = project.sharing_ports();
  (void)sharing::import_bundle(ports, *bundle);
  return *ports::find_run(ports.store.runs, id);
}

// Those that were named, then those that the filter finds, oldest first; each once.
std::vector<model::Run> chosen_runs(const ReproduceOptions& options, Project& project)
{
  if (options.references.empty() && options.filter.empty()) {
    throw Error(ErrorKind::usage, "no run to reproduce",
                "name one, as in 'mlrepro reproduce @1', or give --filter");
  }
  std::vector<model::Run> runs;
  const auto add = [&](model::Run run) {
    const bool known = std::any_of(runs.begin(), runs.end(),
                                   [&](const model::Run& other) { return other.id == run.id; });
    if (!known) {
      runs.push_back(std::move(run));
    }
  };
  for (const std::string& reference : options.references) {
    add(run_of(reference, project));
  }
  if (options.filter.empty()) {
    return runs;
  }
  ports::RunQuery query;
  query.filter = options.filter;
  query.order = ports::Order::oldest_first;
  query.detail = ports::RunQuery::Detail::full;
  for (model::Run& run : project.open_store().runs.list(query)) {
    // A replay is evidence on a run, not one of those that a gate is about; and a sweep is in its
    // runs.
    const bool is_replay = run.parent && !run.sweep_item;
    if (!is_replay && !run.sweep) {
      add(std::move(run));
    }
  }
  if (runs.empty()) {
    throw Error(ErrorKind::not_found, "--filter \"" + options.filter + "\": no run fits",
                "see 'mlrepro list --filter' for what does; a check of nothing is no pass");
  }
  return runs;
}

struct Judged {
  std::vector<model::Reproduction> reproductions;
  // Of a run that could not be judged for trouble of our own; the others were judged all the same.
  std::optional<ExitCode> trouble;
};

model::Reproduction could_not_judge(const model::Run& run, const Error& error)
{
  model::Reproduction result;
  result.run = run.id;
  result.run_name = run.name;
  result.reasons = {error.message()};
  return result;
}

Judged judge_all(const ReproduceOptions& options, const std::vector<model::Run>& runs,
                 Project& project, tracking::Ports& ports)
{
  Judged judged;
  for_each_run(options, runs, project, [&](const reproduction::ReproduceRequest& request) {
    try {
      judged.reproductions.push_back(
          reproduction::reproduce(ports, project.environment_builder(), request));
    } catch (const Error& error) {
      if (ends_all(error, options, runs)) {
        throw;
      }
      project.reporter().warn(request.run.name + ": " + error.message());
      judged.reproductions.push_back(could_not_judge(request.run, error));
      judged.trouble = exit_code_of(error.kind());
    }
  });
  return judged;
}

Judged judge_at_once(const ReplayJobs& how, const std::vector<model::Run>& runs, Project& project)
{
  Judged judged;
  const std::vector<ReplayAnswer> answers = replay_in_jobs(runs, how, project);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const ReplayAnswer& answer = answers[i];
    model::Reproduction result =
        answer.document.empty()
            ? could_not_judge(runs[i], Error(ErrorKind::external, answer.problem))
            : format::read_reproduction(answer.document);
    if (answer.code != exit_code_of(result.verdict)) {
      judged.trouble = answer.code;
    }
    judged.reproductions.push_back(std::move(result));
  }
  return judged;
}

// A filter has a list as its answer even where it finds one run, so that a script knows what comes.
std::string answer(const ReproduceOptions& options,
                   const std::vector<model::Reproduction>& reproductions, Project& project)
{
  const bool one = reproductions.size() == 1 && options.filter.empty();
  if (as_json(options, project)) {
    return one ? format::to_json(reproductions.front())
               : format::reproductions_to_json(reproductions);
  }
  return one ? render_reproduction(reproductions.front(), project.style())
             : render_reproductions(reproductions, project.style());
}

int reproduce(const ReproduceOptions& options, Project& project)
{
  const auto absolute = [&](const std::string& file) {
    return file.empty() ? "" : plan::join_path(project.place().cwd, file);
  };
  const ReportFiles reports(absolute(options.junit), absolute(options.markdown));
  const std::vector<model::Run> runs = chosen_runs(options, project);
  tracking::Ports& ports = project.open_store();
  if (runs.size() > 1 && !options.scratch.empty()) {
    throw Error(ErrorKind::usage,
                "--scratch: one folder for " + std::to_string(runs.size()) + " replays",
                "use --keep, which keeps a folder for each");
  }
  if (options.what_if.given()) {
    return ask_what_if(options, runs, project);
  }
  const auto jobs = jobs_of(options, runs);
  const Judged judged =
      jobs ? judge_at_once(*jobs, runs, project) : judge_all(options, runs, project, ports);
  tell(options, answer(options, judged.reproductions, project));
  reports.write(judged.reproductions);
  const ExitCode verdict = exit_code_of(model::worst_verdict(judged.reproductions));
  return static_cast<int>(verdict == ExitCode::check_says_no ? verdict
                                                             : judged.trouble.value_or(verdict));
}

}  // namespace

void register_reproduce(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command = app.add_subcommand(
      "reproduce", "Run a recorded run again and judge whether it comes out the same");
  command->add_option("REF", options->references, "The run, or several");
  command->add_option("--filter", options->filter, "Also every run for which this holds")
      ->type_name("EXPR");
  add_judging_options(*command, options->judging);
  command->add_option("--scratch", options->scratch, "Replay in this new folder, and keep it")
      ->type_name("DIR");
  command->add_flag("--keep", options->keep, "Keep the scratch folder");
  command->add_flag("--show-output", options->show_output, "Show what the replay prints");
  command->add_option("--timeout", options->timeout, "Stop the replay after this many seconds")
      ->type_name("S");
  command
      ->add_option("--env", options->environment,
                   "What to do about the recorded environment: check (default), strict, rebuild or "
                   "ignore")
      ->type_name("POLICY");
  command
      ->add_option("--junit", options->junit, "Write a JUnit report of the verdicts to this file")
      ->type_name("FILE");
  command
      ->add_option("--markdown", options->markdown,
                   "Write a report for a comment or a job summary to this file")
      ->type_name("FILE");
  command->add_flag("--no-network", options->no_network,
                    "Give the replay no network but its own loopback interface");
  command->add_flag("--trace", options->trace,
                    "Name what the replay reads beyond the record (docs/tracing.md)");
  command->add_option("-j,--jobs", options->jobs, "Replay so many runs at once (default: 1)")
      ->type_name("N");
  command->add_option("--answer", options->answer)->group("");
  add_what_if_options(*command, options->what_if);
  set_help(
      *command,
      {"Restores the run's code and inputs into an empty folder outside your tree, checks the "
       "environment "
       "against the record, runs the command again and compares metrics and outputs. The replay is "
       "recorded "
       "as a run of its own. Limits of metrics and outputs stand in mlrepro.toml, too; "
       "docs/reproduce.md says what counts as the same.\n"
       "--env check names what differs from the recorded environment, the likeliest to change "
       "numbers first; strict lets nothing that may change them differ; rebuild makes a virtual "
       "environment from the record, or a conda environment, and keeps it for the next time; "
       "ignore compares nothing (docs/reproduce.md).\n"
       "With --set, --with, --code or --env-of the runs are replayed with that changed, and each "
       "is "
       "compared with what it was; nothing is judged. --set changes the argument, the parameter "
       "file or the variable that the parameter came from, in the scratch copy.\n"
       "Several runs are replayed one after another, or -j at once; the exit code is that of the "
       "worst verdict: "
       "differs, failed, blocked, incomparable, passed, reproduced. --filter is that of list, and "
       "leaves "
       "replays out.",
       {"mlrepro reproduce @1", "mlrepro reproduce brave-otter --tol 'auc=abs:0.002'",
        "mlrepro reproduce @1 --rtol 1e-6 --json",
        "mlrepro reproduce @1 --tol-rows 'predictions.csv=abs:1e-6,key:id'",
        "mlrepro reproduce @1 --repeat 5",
        "mlrepro reproduce @1 --gate --tol 'rmse=rel:0.01,lower-is-better'",
        "mlrepro reproduce @1 --env rebuild", "mlrepro reproduce @1 --show-output --scratch replay",
        "mlrepro reproduce shop-north shop-south --set min_transactions=20",
        "mlrepro reproduce @1 --with data/sales.csv=@2:data/sales.csv",
        "mlrepro reproduce --filter \"tags.production = 'yes'\" -j 2 --junit report.xml"},
       store_codes({{ExitCode::ok, "reproduced, or with --gate passed"},
                    {ExitCode::check_says_no, "differs: a metric or an output came out different"},
                    {ExitCode::not_found, "blocked: the record lacks something; or no such run"},
                    {ExitCode::external,
                     "failed: the command ended otherwise than recorded, or ran into --timeout"},
                    {ExitCode::incomparable, ""}})});
  command->callback([options, command, &chosen] {
    options->words = replay_words(*command);
    chosen = [options](Project& project) { return reproduce(*options, project); };
  });
}

}  // namespace mlrepro::cli
