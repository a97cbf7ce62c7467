// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/reproduction/reproduce.hpp"

#include "mlrepro/model/error.hpp"
#include "reproduction/replay.hpp"
#include "reproduction/replay_environment.hpp"

namespace mlrepro::reproduction {
namespace {

using model::Error;
using model::ErrorKind;
using model::Run;
using tracking::RunRequest;

model::Reproduction blocked(const ReproduceRequest& request, std::vector<std::string> reasons)
{
  model::Reproduction result;
  result.run = request.run.id;
  result.run_name = request.run.name;
  result.environment.policy = request.environment;
  result.verdict = model::Verdict::blocked;
  result.reasons = std::move(reasons);
  for (const model::Level level :
       {model::Level::code, model::Level::configuration, model::Level::data,
        model::Level::environment, model::Level::evaluation}) {
    result.levels.push_back({level, model::CheckStatus::skipped, {}});
  }
  return result;
}

}  // namespace

model::Reproduction reproduce(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                              const ReproduceRequest& request)
{
  const model::Timestamp started = ports.data.clock.now();
  Replay replay(ports, request, request.run);
  if (auto reasons = replay.obstacles(); !reasons.empty()) {
    return blocked(request, std::move(reasons));
  }
  ReplayEnvironment environment(ports, builder, request);
  try {
    replay.restore();
    environment.prepare();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::external) {
      throw;
    }
    return blocked(request, {error.message()});
  }
  RunRequest run_request = replay.run_request();
  environment.apply(run_request);
  if (auto reasons = environment.look_before_start(run_request.program); !reasons.empty()) {
    return blocked(request, std::move(reasons));
  }
  tracking::RunOutcome outcome = tracking::run_command(ports, run_request);
  if (outcome.process.start_error) {
    return blocked(request,
                   {"the command '" + request.run.command.front() + "' is not there to be run"});
  }
  // Our own trouble says nothing about the run.
  if (!outcome.run) {
    throw Error(ErrorKind::io, "the replay could not be recorded, so that there is no verdict",
                "remove the cause that is named above, then reproduce again");
  }
  if (outcome.failure) {
    throw Error(ErrorKind::io,
                "the replay is not fully recorded, so that there is no verdict: " +
                    outcome.failure->message(),
                outcome.failure->hint());
  }
  replay.rename_moved(*outcome.run);
  model::Reproduction result = plan::judge(request.run, *outcome.run, request.tolerances, request.environment);
  result.environment.rebuilt = environment.rebuilt();
  result.duration_s = model::seconds_between(started, ports.data.clock.now());
  ports.runs.record_proof({request.run.id, outcome.run->id, result.proven,
                           std::string(model::to_string(result.verdict)), ports.data.clock.now()});
  return result;
}

}  // namespace mlrepro::reproduction
