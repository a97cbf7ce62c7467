// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstring>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/render.hpp"
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
  bool strict = false;
  double timeout_s = -1;
  double grace_s = -1;
};

std::map<std::string, std::string> parse_pairs(const std::string& option,
                                               const std::vector<std::string>& words)
{
  std::map<std::string, std::string> pairs;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::usage, option + " '" + word + "': not KEY=VALUE");
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
  request.strict = options.strict ? tracking::Strict::yes : tracking::Strict::no;
  if (!options.seed.empty()) {
    request.seed = format::parse_integer(options.seed);
    if (!request.seed) {
      throw Error(ErrorKind::usage, "--seed '" + options.seed + "': not a whole number");
    }
  }
  request.timeout_s = options.timeout_s >= 0 ? std::optional(options.timeout_s) : config.timeout_s;
  request.grace_s = options.grace_s >= 0 ? options.grace_s : config.grace_s.value_or(10);
  request.max_untracked_bytes = config.max_untracked_bytes;
  return request;
}

// Ends as the command ended, so that a shell or a parent sees the same.
[[noreturn]] void die_by(int signal)
{
  // Its core, if any, is the command's own; a second one of ours would only confuse.
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  (void)::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  (void)::raise(signal);
  ::_exit(128 + signal);
}

int start_error_code(int error)
{
  return error == ports::k_no_such_program ? k_no_such_command : k_not_executable;
}

int report(const tracking::RunOutcome& outcome, Project& project, const std::string& command)
{
  const ports::ProcessResult& process = outcome.process;
  if (process.start_error) {
    project.reporter().warn("command '" + command + "': " + std::strerror(*process.start_error));
    return start_error_code(*process.start_error);
  }
  if (outcome.run) {
    project.reporter().note("run " + run_summary(*outcome.run));
  }
  if (process.timed_out) {
    project.reporter().warn("the command ran into its time limit");
    return k_timed_out;
  }
  if (process.signal) {
    die_by(*process.signal);
  }
  return process.exit_code.value_or(k_not_started);
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
  if (options.command.empty()) {
    throw Error(ErrorKind::usage, "no command to run",
                "write it behind '--': mlrepro run -- python train.py");
  }
  const tracking::RunRequest request = to_request(options, project);
  try {
    tracking::Ports* ports = open_store(options, project);
    if (ports == nullptr) {
      return report({std::nullopt, tracking::run_unrecorded(project.process_runner(), request)},
                    project, options.command.front());
    }
    return report(tracking::run_command(*ports, request), project, options.command.front());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::conflict || error.kind() == ErrorKind::usage) {
      throw;
    }
    project.reporter().warn(error.message() +
                            (error.hint().empty() ? "" : " (" + error.hint() + ")"));
    return k_not_started;
  }
}

}  // namespace

void register_run(CLI::App& app, Action& chosen, const std::vector<std::string>& words)
{
  auto options = std::make_shared<RunOptions>();
  options->command = words;
  CLI::App* command =
      app.add_subcommand("run", "Run a command and record it: mlrepro run [OPTIONS] -- COMMAND…");
  command->add_option("-n,--name", options->name, "Name of the run (default: two words)");
  command->add_option("-e,--experiment", options->experiment,
                      "Group of runs (default: the project's folder name)");
  command->add_option("-p,--param", options->params, "A parameter, KEY=VALUE")
      ->type_name("K=V")
      ->allow_extra_args(false);
  command
      ->add_option("--params", options->param_files,
                   "Parameters from a YAML, JSON or TOML file, or a part of it")
      ->type_name("FILE[:key.path]")
      ->allow_extra_args(false);
  command->add_option("-i,--input", options->inputs, "A file or folder that the command reads")
      ->type_name("PATH")
      ->allow_extra_args(false);
  command->add_option("-o,--output", options->outputs, "A file or folder that the command writes")
      ->type_name("PATH")
      ->allow_extra_args(false);
  command
      ->add_option("-m,--metrics", options->metric_files,
                   "A JSON, YAML, TOML or CSV file of metrics, read at the end")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("-t,--tag", options->tags, "A tag, KEY=VALUE")
      ->type_name("K=V")
      ->allow_extra_args(false);
  command->add_option("--note", options->note, "Free text on the run");
  command->add_option("--level", options->level,
                      "How much to keep: code, config, data, env or eval (default)");
  command->add_option("--env", options->env, "Record one more environment variable")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_flag("--require-clean", options->require_clean,
                    "Refuse to run with uncommitted changes");
  command->add_flag("--no-capture", options->no_capture,
                    "Leave the command's output alone and do not keep it");
  command->add_flag("--strict", options->strict, "Do not run what can't be recorded");
  command
      ->add_option("--seed", options->seed, "Sets $MLREPRO_SEED and replaces {seed} in the command")
      ->type_name("N");
  command->add_option("--timeout", options->timeout_s, "Stop the command after this many seconds")
      ->type_name("S");
  command
      ->add_option("--grace", options->grace_s,
                   "Seconds between the polite signal and SIGKILL (default 10)")
      ->type_name("S");
  command->footer(
      "`run` ends as the command ends: with its exit code, or by its signal (128+n in a shell).\n"
      "Besides: 124 time limit, 125 mlrepro failed before the start, 126 the command can't be\n"
      "executed, 127 it is not found.\n\n" +
      help_footer({"mlrepro run -i data/ -o model.pkl -- python train.py --lr 0.1 --depth 6",
                   "mlrepro run --params params.yaml -m metrics.json -- make train",
                   "mlrepro run --require-clean --level data -t stage=ci -- ./train.sh"}));
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return run(*options, project); };
  });
}

}  // namespace mlrepro::cli
