// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/reproduction/reproduce.hpp"

#include "mlrepro/model/error.hpp"
#include "reproduction/replay.hpp"
#include "reproduction/replay_environment.hpp"

namespace mlrepro::reproduction {
namespace {

using model::Error;
using model::ErrorKind;
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
  ReplayEnvironment environment(ports, builder, request, request.run.environment);
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
  std::optional<model::Run> replayed = run_replay(ports, run_request);
  if (!replayed) {
    return blocked(request,
                   {"the command '" + request.run.command.front() + "' is not there to be run"});
  }
  replay.rename_moved(*replayed);
  model::Reproduction result =
      plan::judge(request.run, *replayed, request.tolerances, request.environment);
  result.environment.rebuilt = environment.rebuilt();
  result.duration_s = model::seconds_between(started, ports.data.clock.now());
  ports.runs.record_proof({request.run.id, replayed->id, result.proven,
                           std::string(model::to_string(result.verdict)), ports.data.clock.now()});
  return result;
}

}  // namespace mlrepro::reproduction
