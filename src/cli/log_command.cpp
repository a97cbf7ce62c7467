// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/log_stream.hpp"
#include "cli/scan_command.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/log_events.hpp"
#include "posix/line_reader.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct LogOptions {
  std::string run;
  bool from_stdin = false;
  std::string key;
  std::string value;
  std::vector<std::string> words;
  std::string step;
  std::string name;
};

// The run of this process tree while it is live: no database is opened for it.
std::optional<model::RunId> current_run()
{
  const char* id = std::getenv("MLREPRO_RUN_ID");
  if (id == nullptr || *id == '\0') {
    return std::nullopt;
  }
  auto parsed = model::RunId::parse(id);
  if (!parsed) {
    throw Error(ErrorKind::usage, std::string("$MLREPRO_RUN_ID '") + id + "' is no run id");
  }
  return parsed;
}

// Opens the store where --run names the run.
model::RunId run_to_log_to(const LogOptions& options, Project& project)
{
  if (!options.run.empty()) {
    return tracking::resolve_run(project.open_store(), project.place(), options.run).id;
  }
  const auto id = current_run();
  if (!id) {
    throw Error(ErrorKind::usage, "no run to log to",
                "run it under 'mlrepro run', or name one with --run REF");
  }
  return *id;
}

void answer(const Project& project, const model::RunId& id, std::size_t events)
{
  if (project.options().json) {
    print(format::logged_to_json(id, events));
  }
}

int add(const LogOptions& options, Project& project, const std::vector<model::RunEvent>& events)
{
  const model::RunId id = run_to_log_to(options, project);
  if (!project.live_records().append(id, tracking::live_lines(events, project.clock().now()))) {
    tracking::Ports& ports = project.open_store();
    tracking::log_events(ports.live, ports.runs, ports.data.clock, id, events);
  }
  answer(project, id, events.size());
  return 0;
}

int log_metric(const LogOptions& options, Project& project)
{
  format::check_name("metric", options.key);
  const auto value = format::parse_number(options.value);
  if (!value) {
    throw Error(ErrorKind::usage,
                "metric '" + options.key + "': '" + options.value + "' is no number",
                "write a number such as 0.3, NaN, inf or -inf");
  }
  model::MetricLogged metric{options.key, *value, std::nullopt, std::nullopt};
  if (!options.step.empty()) {
    metric.step = format::parse_integer(options.step);
    if (!metric.step) {
      throw Error(ErrorKind::usage, "--step '" + options.step + "': not a whole number");
    }
  }
  return add(options, project, {metric});
}

int log_param(const LogOptions& options, Project& project)
{
  format::check_name("parameter", options.key);
  return add(options, project, {model::ParamLogged{options.key, options.value, "log"}});
}

int log_tag(const LogOptions& options, Project& project)
{
  format::check_name("tag", options.key);
  return add(options, project, {model::TagLogged{options.key, options.value}});
}

int log_note(const LogOptions& options, Project& project)
{
  std::string text;
  for (const std::string& word : options.words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return add(options, project, {model::NoteLogged{text}});
}

int log_artifact(const LogOptions& options, Project& project)
{
  if (!options.name.empty() && options.words.size() > 1) {
    throw Error(ErrorKind::usage, "--as: one name for several files", "log them one by one");
  }
  tracking::Ports& ports = project.open_store();
  const auto hold = ports.data.objects.hold();
  std::vector<model::RunEvent> events;
  for (const std::string& word : options.words) {
    const std::string path = plan::join_path(project.place().cwd, word);
    const std::string name = options.name.empty() ? plan::base_name(path) : options.name;
    events.emplace_back(tracking::store_artifact(ports.data, path, name));
  }
  return add(options, project, events);
}

int log_stdin(const LogOptions& options, Project& project)
{
  const model::RunId id = run_to_log_to(options, project);
  LogStream stream(project.live_records(), project.clock(), id, project.store_path(),
                   [&project]() -> ports::RunStore& { return project.open_store().runs; });
  posix::LineReader reader(STDIN_FILENO, "standard input");
  std::string_view lines;
  do {
    lines = reader.next();
    stream.add(lines);
  } while (!lines.empty());
  if (stream.run_has_ended()) {
    stream.finish();
  }
  answer(project, id, stream.added());
  return 0;
}

using LogAction = int (*)(const LogOptions&, Project&);

struct Kind {
  const char* name;
  const char* text;
  LogAction action;
  std::vector<std::string> examples;
};

// Only a parameter can be in conflict with what it was before.
std::vector<CodeLine> param_codes()
{
  return store_codes({{ExitCode::conflict, "conflict: a parameter has another value already"}});
}

CLI::App* add_kind(CLI::App& log, const Kind& kind, const std::shared_ptr<LogOptions>& options,
                   Action& chosen)
{
  CLI::App* command = log.add_subcommand(kind.name, kind.text);
  command->fallthrough();
  set_help(*command,
           {"Adds to the run that this runs in ($MLREPRO_RUN_ID), or to --run REF.", kind.examples,
            std::string(kind.name) == "param" ? param_codes() : store_codes()});
  command->callback([options, &chosen, action = kind.action] {
    chosen = [options, action](Project& project) { return action(*options, project); };
  });
  return command;
}

void add_kinds(CLI::App& log, const std::shared_ptr<LogOptions>& options, Action& chosen)
{
  CLI::App* metric =
      add_kind(log,
               {"metric",
                "Add one point to a metric's series",
                log_metric,
                {"mlrepro log metric loss 0.3 --step 7", "mlrepro log metric auc 0.91 --run @1"}},
               options, chosen);
  metric->add_option("NAME", options->key, "Name of the metric")->required();
  metric->add_option("VALUE", options->value, "A number, NaN or infinity")->required();
  metric->add_option("--step", options->step, "Step (default: one more than the last)")
      ->type_name("N");
  CLI::App* param = add_kind(log,
                             {"param",
                              "Add a parameter, whose value never changes",
                              log_param,
                              {"mlrepro log param lr 0.1"}},
                             options, chosen);
  CLI::App* tag = add_kind(log,
                           {"tag",
                            "Set a tag; its old values are kept in the record",
                            log_tag,
                            {"mlrepro log tag stage production --run brave-otter"}},
                           options, chosen);
  for (CLI::App* pair : {param, tag}) {
    pair->add_option("NAME", options->key, "Its name")->required();
    pair->add_option("VALUE", options->value, "Its value")->required();
  }
  add_kind(log,
           {"note",
            "Add free text",
            log_note,
            {"mlrepro log note \"the learning rate was too high\" --run @1"}},
           options, chosen)
      ->add_option("TEXT", options->words, "The text")
      ->required();
  CLI::App* artifact = add_kind(log,
                                {"artifact",
                                 "Keep a file with the run, as it is now",
                                 log_artifact,
                                 {"mlrepro log artifact plot.png",
                                  "mlrepro log artifact out.html --as report.html --run @1"}},
                                options, chosen);
  artifact->add_option("FILE", options->words, "The files")->required();
  artifact->add_option("--as", options->name, "List it under this name")->type_name("NAME");
}

}  // namespace

void register_log(CLI::App& app, Action& chosen)
{
  auto options = std::make_shared<LogOptions>();
  CLI::App* log =
      app.add_subcommand("log", "Add a metric, parameter, tag, note or artifact to a run");
  log->add_option("--run", options->run,
                  "The run (default: the one that this runs in, $MLREPRO_RUN_ID)")
      ->type_name("REF");
  log->add_flag("--stdin", options->from_stdin,
                "Read JSON lines, as $MLREPRO_METRICS takes them, from standard input");
  add_kinds(*log, options, chosen);
  register_scan(*log, {options, &options->run}, chosen);
  set_help(*log, {"What is added after the run has ended is dated and shown as added later. Any "
                  "number of processes may log at once.\n"
                  "--stdin takes a stream of any length, for the run that --run names when it "
                  "begins. A run that still runs has each line as soon as it comes; a line "
                  "that can't be read ends the command, and those before it stay. A run that has "
                  "ended gets all of them when the stream has ended, or none.",
                  {"mlrepro log metric loss 0.3 --step 7",
                   "mlrepro log tag stage production --run @1", "mlrepro log artifact plot.png",
                   "python eval.py | mlrepro log --stdin --run brave-otter"},
                  param_codes()});
  log->callback([options, &chosen, log] {
    if (options->from_stdin) {
      chosen = [options](Project& project) { return log_stdin(*options, project); };
    } else if (log->get_subcommands().empty()) {
      throw Error(ErrorKind::usage, "log what?",
                  "one of metric, param, tag, note, artifact, scan and --stdin");
    }
  });
}

}  // namespace mlrepro::cli
