// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/render.hpp"
#include "cli/resource_options.hpp"
#include "cli/run_report.hpp"
#include "cli/sweep_command.hpp"
#include "cli/sweep_request.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "mlrepro/tracking/run_command.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct RunOptions {
  std::vector<std::string> command;
  std::vector<std::string> misplaced;  // words that should have stood behind "--"
  std::string name;
  std::string experiment;
  std::vector<std::string> params;
  std::vector<std::string> param_files;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> metric_files;
  std::vector<std::string> tags;
  std::vector<std::string> env;
  std::string note;
  std::string level;
  std::string seed;
  bool require_clean = false;
  bool no_capture = false;
  bool no_scalars = false;
  bool trace = false;
  bool no_trace = false;
  bool no_mlflow = false;
  std::vector<std::string> data_roots;
  ResourceOptions resources;
  bool strict = false;
  std::string repeat;
  std::string timeout;
  std::string grace;
  SweepOptions sweep;
};

std::map<std::string, std::string> parse_pairs(const std::string& option,
                                               const std::vector<std::string>& words)
{
  std::map<std::string, std::string> pairs;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::usage, option + " '" + word + "': not KEY=VALUE",
                  "write it as in " + option + " lr=0.1");
    }
    pairs[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return pairs;
}

model::Level parse_level(const std::string& word)
{
  const std::vector<std::pair<std::string, model::Level>> k_levels = {
      {"code", model::Level::code},
      {"config", model::Level::configuration},
      {"data", model::Level::data},
      {"env", model::Level::environment},
      {"eval", model::Level::evaluation}};
  std::vector<std::string> names;
  for (const auto& [name, level] : k_levels) {
    if (word == name) {
      return level;
    }
    names.push_back(name);
  }
  const std::string near = plan::did_you_mean(word, names);
  throw Error(ErrorKind::usage, "--level '" + word + "': none of code, config, data, env and eval",
              near);
}

// Paths of mlrepro.toml are seen from the top, those of the command line from here.
void add_configured(std::vector<std::string>& paths, const std::vector<std::string>& configured,
                    const std::string& top)
{
  if (paths.empty()) {
    for (const std::string& path : configured) {
      paths.push_back(plan::join_path(top, path));
    }
  }
}

tracking::RunRequest to_request(const RunOptions& options, Project& project)
{
  const format::ProjectConfig& config = project.config();
  tracking::RunRequest request;
  request.command = options.command;
  request.top = project.place().top;
  request.cwd = project.place().cwd;
  request.store = project.store_path();
  request.name = options.name;
  request.experiment = !options.experiment.empty()  ? options.experiment
                       : !config.experiment.empty() ? config.experiment
                                                    : plan::base_name(request.top);
  request.params = parse_pairs("-p", options.params);
  request.param_files = options.param_files;
  request.inputs = options.inputs;
  request.outputs = options.outputs;
  request.metric_files = options.metric_files;
  add_configured(request.param_files, config.param_files, request.top);
  add_configured(request.inputs, config.inputs, request.top);
  add_configured(request.outputs, config.outputs, request.top);
  add_configured(request.metric_files, config.metric_files, request.top);
  request.tags = config.tags;
  for (auto& [key, value] : parse_pairs("-t", options.tags)) {
    request.tags[key] = value;
  }
  request.note = options.note;
  request.user = project.user();
  request.host = project.host();
  const std::string level = options.level.empty() ? config.level : options.level;
  request.keep = level.empty() ? model::Level::evaluation : parse_level(level);
  request.extra_variables = config.env;
  request.extra_variables.insert(request.extra_variables.end(), options.env.begin(),
                                 options.env.end());
  request.require_clean = options.require_clean || config.require_clean;
  request.capture_output = !options.no_capture && config.capture;
  request.scalars = options.no_scalars ? model::ScalarRules() : config.scalars;
  request.trace = (options.trace || config.trace) && !options.no_trace;
  request.offer_endpoint = !options.no_mlflow;
  request.data_roots = options.data_roots;
  add_configured(request.data_roots, config.data_roots, request.top);
  request.resources_s = resource_interval(options.resources, config);
  request.strict = options.strict ? tracking::Strict::yes : tracking::Strict::no;
  if (!options.seed.empty()) {
    request.seed = format::parse_integer(options.seed);
    if (!request.seed) {
      throw Error(ErrorKind::usage, "--seed '" + options.seed + "': not a whole number");
    }
  }
  const auto timeout = parse_amount("--timeout", options.timeout);
  request.timeout_s = timeout ? timeout : config.timeout_s;
  request.grace_s = parse_amount("--grace", options.grace).value_or(config.grace_s.value_or(10));
  request.max_untracked_bytes = config.max_untracked_bytes;
  return request;
}

// Null where there is no usable store: training does not wait for a repair, unless --strict says
// so.
tracking::Ports* open_store(const RunOptions& options, Project& project)
{
  try {
    return &project.open_or_make_store();
  } catch (const Error& error) {
    if (options.strict || error.kind() == ErrorKind::usage) {
      throw;
    }
    project.reporter().warn("the run is NOT recorded: " + error.message());
    return nullptr;
  }
}

int run(const RunOptions& options, Project& project)
{
  if (!options.misplaced.empty()) {
    throw Error(
        ErrorKind::usage, "'" + options.misplaced.front() + "' is not expected here",
        options.command.empty()
            ? "write the command behind '--': mlrepro run -- " + shell_words(options.misplaced)
            : "options take one value each; the command comes behind '--'");
  }
  check_sweep_options(options.sweep, options.command);
  if (!options.sweep.resume.empty()) {
    return resume_sweep(options.sweep, project);
  }
  if (options.command.empty()) {
    throw Error(ErrorKind::usage, "no command to run",
                "write it behind '--': mlrepro run -- python train.py");
  }
  if (!options.name.empty()) {
    check_label("--name", options.name);
  }
  if (!options.experiment.empty()) {
    check_label("--experiment", options.experiment);
  }
  tracking::RunRequest request = to_request(options, project);
  become_sweep_run(options.sweep, request);
  const std::size_t times = parse_times("--repeat", options.repeat);
  if (times > 1 && is_sweep(options.sweep)) {
    throw Error(ErrorKind::usage, "--repeat: a sweep has its own runs",
                "repeat by a parameter, as in --each seed=1..5");
  }
  try {
    if (is_sweep(options.sweep)) {
      return start_sweep(options.sweep, request, project);
    }
    project.expect_run();
    tracking::Ports* ports = open_store(options, project);
    if (ports == nullptr) {
      return report_run(
          {std::nullopt, tracking::run_unrecorded(project.process_runner(), request), std::nullopt},
          project, request.command.front());
    }
    return times > 1 ? run_repeatedly(request, times, project, *ports)
                     : report_run(tracking::run_command(*ports, request), project,
                                  request.command.front());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::conflict || error.kind() == ErrorKind::usage) {
      throw;
    }
    fail(error, project.options());
    return k_not_started;
  }
}

}  // namespace

void register_run(CLI::App& app, Action& chosen, const std::vector<std::string>& words)
{
  auto options = std::make_shared<RunOptions>();
  options->command = words;
  CLI::App* command = app.add_subcommand("run", "Run a command and record it");
  command->add_option("COMMAND", options->misplaced,
                      "The command and its arguments, behind \"--\"");
  const auto many = [command](const char* names, std::vector<std::string>& values, const char* text,
                              const char* value) {
    command->add_option(names, values, text)->type_name(value)->allow_extra_args(false);
  };
  const auto one = [command](const char* names, std::string& target, const char* text,
                             const char* value) {
    command->add_option(names, target, text)->type_name(value);
  };
  one("-n,--name", options->name, "Name of the run (default: two words)", "NAME");
  one("-e,--experiment", options->experiment, "Group of runs (default: the project's folder name)",
      "NAME");
  many("-p,--param", options->params, "A parameter", "KEY=VALUE");
  many("--params", options->param_files,
       "Parameters from a YAML, JSON or TOML file, or from a part of it", "FILE[:KEY.PATH]");
  many("-i,--input", options->inputs,
       "A file or folder that the command reads; kept as it is before the start", "PATH");
  many("-o,--output", options->outputs,
       "A file or folder that the command writes; kept as it is at the end", "PATH");
  many("-m,--metrics", options->metric_files,
       "A JSON, YAML, TOML, CSV or JSON-lines file of metrics, followed while it grows and read "
       "at the end",
       "FILE");
  many("-t,--tag", options->tags, "A tag", "KEY=VALUE");
  one("--note", options->note, "Free text on the run", "TEXT");
  one("--level", options->level,
      "How much to keep: code, config, data, env or eval (default: eval, all)", "LEVEL");
  many("--env", options->env, "Record one more environment variable", "NAME");
  command->add_flag("--require-clean", options->require_clean,
                    "Refuse to run with uncommitted changes");
  command->add_flag("--no-capture", options->no_capture,
                    "Leave the command's output alone and do not keep it");
  command->add_flag("--no-scalars", options->no_scalars, "Do not look for metrics in the output");
  CLI::Option* trace = command->add_flag(
      "--trace", options->trace,
      "Find inputs and outputs by what the command opens, and check those that are declared");
  command->add_flag("--no-trace", options->no_trace, "Do not, whatever mlrepro.toml says")
      ->excludes(trace);
  many("--data-root", options->data_roots,
       "A folder outside of the project whose files --trace finds as well", "DIR");
  command->add_flag("--no-mlflow", options->no_mlflow,
                    "Do not offer the command a place to log to with MLflow's client");
  add_resource_options(*command, options->resources);
  command->add_flag("--strict", options->strict,
                    "Do not run what can't be recorded (default: warn and run)");
  one("--repeat", options->repeat,
      "Run it so many times and record each, to know how much the results vary", "K");
  one("--seed", options->seed, "Set $MLREPRO_SEED and replace {seed} in the command", "N");
  one("--timeout", options->timeout, "Stop the command after so many seconds", "SECONDS");
  one("--grace", options->grace, "Time between the polite signal and SIGKILL (default: 10)",
      "SECONDS");
  add_sweep_options(*command, options->sweep);
  set_help(*command,
           {"Output, input, signals, terminal and exit code of the command pass through untouched. "
            "Parameters are also found "
            "in the command's own arguments (--lr 0.1, --lr=0.1, lr=0.1), and metrics in what it "
            "prints (docs/scalars.md; mlrepro log scan shows them). What it uses of the machine is "
            "measured as metrics under system/ (docs/resources.md). With --trace, inputs and "
            "outputs are found by what the command and its processes open (docs/tracing.md). What "
            "it logs "
            "with MLflow's client becomes part of the run (docs/mlflow.md).\n"
            "Defaults of most of these come from an optional mlrepro.toml at the top of the "
            "project. -p, --params, -i, -o, -m, -t "
            "and --env may be given several times. With --json, the run's document is the last "
            "line on stderr.\n"
            "The command sees MLREPRO_RUN_ID, MLREPRO_STORE, and MLREPRO_METRICS, a file to append "
            "lines such as "
            "{\"metric\":\"loss\",\"value\":0.3,\"step\":7} to.\n" +
                std::string(k_sweep_help),
            {"mlrepro run -i data/ -o model.pkl -- python train.py --lr 0.1 --depth 6",
             "mlrepro run --params params.yaml -m metrics.json -- make train",
             "mlrepro run --require-clean --level data -t stage=ci -- ./train.sh",
             "mlrepro run --each lr=0.1,0.3 --each depth=4,6 -- python train.py --lr {lr} "
             "--depth {depth}",
             "mlrepro run --resume brave-otter --retry-failed",
             "mlrepro run --repeat 5 -- python train.py"},
            {{ExitCode::usage, "usage, before the start"},
             {ExitCode::not_found, "the folder of -C is not there"},
             {ExitCode::conflict, "uncommitted changes with --require-clean"},
             {k_timed_out, "the command ran into --timeout"},
             {k_not_started, "mlrepro itself failed before the start, e.g. an input is not there"},
             {k_not_executable, "the command can't be executed"},
             {k_no_such_command, "the command is not found"},
             {k_signal_base, "the command was ended by signal n; mlrepro ends by the same signal"},
             {k_any_code, "every other code is the command's own"}}});
  command->callback([options, command, &chosen] {
    options->sweep.words = words_of_run(*command);
    chosen = [options](Project& project) { return run(*options, project); };
  });
}

}  // namespace mlrepro::cli
