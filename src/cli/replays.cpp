// SPDX-License-Identifier: Apache-2.0
#include "cli/replays.hpp"

#include "cli/commands.hpp"
#include "cli/render.hpp"
#include "cli/replay_request.hpp"
#include "cli/scratch_folder.hpp"
#include "cli/sweep_options.hpp"
#include "cli/usage_errors.hpp"
#include "mlrepro/plan/paths.hpp"
#include "posix/atomic_file.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

model::EnvironmentPolicy parse_policy(const std::string& word)
{
  std::vector<std::string> names;
  for (const auto policy : {model::EnvironmentPolicy::check, model::EnvironmentPolicy::strict,
                            model::EnvironmentPolicy::rebuild, model::EnvironmentPolicy::ignore}) {
    names.emplace_back(model::to_string(policy));
    if (word == names.back()) {
      return policy;
    }
  }
  throw Error(ErrorKind::usage, "--env '" + word + "': no such policy", suggest_among(word, names));
}

reproduction::ReproduceRequest request_of(const ReproduceOptions& options, Project& project)
{
  reproduction::ReproduceRequest request =
      replay_request(project, options.timeout, options.show_output);
  apply_judging_options(options.judging, project, request);
  request.environment = parse_policy(options.environment);
  request.resources_s = project.config().resources_s;
  request.no_network = options.no_network;
  request.trace = options.trace;
  if (options.no_network) {
    if (const auto obstacle = project.process_runner().find_isolation_obstacle()) {
      throw Error(ErrorKind::external, "--no-network: " + *obstacle,
                  "leave it out, or replay where it can be kept from the network");
    }
  }
  return request;
}

}  // namespace

void for_each_run(const ReproduceOptions& options, const std::vector<model::Run>& runs,
                  Project& project, const ReplayAction& action)
{
  const tracking::Ports& ports = project.open_store();
  reproduction::ReproduceRequest request = request_of(options, project);
  for (const model::Run& run : runs) {
    const ScratchFolder scratch(
        options.scratch.empty() ? "" : plan::join_path(project.place().cwd, options.scratch),
        options.keep ? ScratchFolder::Afterwards::keep : ScratchFolder::Afterwards::remove);
    request.run = run;
    request.scratch = ports.data.files.resolve(scratch.path());
    project.reporter().note("replaying " + printable(run.name) + ": " + shell_words(run.command));
    action(request);
    if (scratch.is_kept()) {
      project.reporter().note("the replay's folder is " + scratch.path());
    }
  }
}

bool ends_all(const Error& error, const ReproduceOptions& options,
              const std::vector<model::Run>& runs)
{
  return error.kind() == ErrorKind::interrupted || (runs.size() == 1 && options.answer.empty());
}

std::optional<ReplayJobs> jobs_of(const ReproduceOptions& options,
                                  const std::vector<model::Run>& runs)
{
  const std::uint64_t jobs = parse_jobs(options.jobs, 1);
  if (jobs > 1 && options.show_output) {
    throw Error(ErrorKind::usage,
                "--show-output and -j " + options.jobs + ": the outputs would be mixed",
                "see them afterwards: 'mlrepro show REPLAY --logs'");
  }
  if (jobs == 1 || runs.size() == 1) {
    return std::nullopt;
  }
  return ReplayJobs{options.words, jobs, options.keep};
}

bool as_json(const ReproduceOptions& options, Project& project)
{
  return project.options().json || !options.answer.empty();
}

void tell(const ReproduceOptions& options, const std::string& text)
{
  if (options.answer.empty()) {
    print(text);
  } else {
    posix::replace_file(options.answer, text);
  }
}

}  // namespace mlrepro::cli
