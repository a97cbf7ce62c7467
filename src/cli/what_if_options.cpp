// SPDX-License-Identifier: Apache-2.0
#include "cli/what_if_options.hpp"

#include <CLI/CLI.hpp>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/capture_code.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

std::pair<std::string, std::string> split(const std::string& option, const std::string& word,
                                          const std::string& example)
{
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::usage, option + " '" + word + "': there is no '=' in it",
                "write it as in " + option + " " + example);
  }
  return {word.substr(0, equals), word.substr(equals + 1)};
}

// A revision of the repository, else a run, whose code as it was recorded.
model::CodeState find_code(const std::string& word, Project& project, const tracking::Ports& ports)
{
  if (auto code = tracking::capture_commit(ports, project.place().cwd, word)) {
    return std::move(*code);
  }
  model::Run run;
  try {
    run = tracking::resolve_run(ports, project.place(), word);
  } catch (const Error& error) {
    throw Error(error.kind(), "--code '" + word + "': no revision of this repository, and no run",
                error.hint());
  }
  if (!run.code.digest) {
    throw Error(ErrorKind::not_found, "--code '" + word + "': that run's code was not recorded");
  }
  return run.code;
}

}  // namespace

void add_what_if_options(CLI::App& command, WhatIfOptions& options)
{
  command
      .add_option("--set", options.set,
                  "What if a parameter, or a recorded variable, had this value")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--with", options.with, "What if this input were that snapshot, or RUN:PATH")
      ->type_name("PATH=REF")
      ->allow_extra_args(false);
  command
      .add_option("--code", options.code,
                  "What if the code were that of a Git revision, or of another run")
      ->type_name("REV");
  command
      .add_option("--env-of", options.environment_of,
                  "What if the environment were that of another run; it is rebuilt")
      ->type_name("RUN");
}

reproduction::Changes find_changes(const WhatIfOptions& options, Project& project,
                                   tracking::Ports& ports)
{
  reproduction::Changes changes;
  for (const std::string& word : options.set) {
    const auto [key, value] = split("--set", word, "min_rows=20");
    changes.parameters[key] = value;
  }
  for (const std::string& word : options.with) {
    const auto [path, reference] = split("--with", word, "data/sales.csv=@2:data/sales.csv");
    const tracking::Content content = tracking::resolve_content(ports, project.place(), reference);
    if (!content.stored) {
      throw Error(ErrorKind::not_found, "--with '" + word + "': its content is not in the store",
                  "take a snapshot of it: mlrepro snapshot " + path);
    }
    changes.inputs.insert_or_assign(path, content.id);
  }
  if (!options.code.empty()) {
    changes.code = find_code(options.code, project, ports);
    changes.code_name = options.code;
  }
  if (!options.environment_of.empty()) {
    const model::Run run = tracking::resolve_run(ports, project.place(), options.environment_of);
    if (!run.environment) {
      throw Error(ErrorKind::not_found, "--env-of '" + options.environment_of +
                                            "': that run's environment was not recorded");
    }
    changes.environment = run.environment;
    changes.environment_name = run.name;
  }
  return changes;
}

}  // namespace mlrepro::cli
