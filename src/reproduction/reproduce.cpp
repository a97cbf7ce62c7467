// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/reproduction/reproduce.hpp"

#include "mlrepro/model/error.hpp"
#include "reproduction/judged_replays.hpp"
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

// A replay on record, or why there can't be one.
struct Attempt {
  std::optional<Replayed> replay;
  std::vector<std::string> obstacles;
};

class Attempts {
 public:
  Attempts(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
           const ReproduceRequest& request)
      : ports_(ports),
        request_(request),
        environment_(ports, builder, request, request.run.environment)
  {
  }

  // From 1.
  Attempt attempt(std::size_t number)
  {
    ReproduceRequest request = request_;
    if (request.repeat > 1) {
      request.scratch += "/" + std::to_string(number);
    }
    Replay replay(ports_, request, request.run);
    if (auto reasons = replay.obstacles(); !reasons.empty()) {
      return {std::nullopt, std::move(reasons)};
    }
    try {
      replay.restore();
      if (number == 1) {
        environment_.prepare();
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::external) {
        throw;
      }
      return {std::nullopt, {error.message()}};
    }
    RunRequest run_request = replay.run_request();
    environment_.apply(run_request);
    if (number == 1) {
      if (auto reasons = environment_.look_before_start(run_request.program); !reasons.empty()) {
        return {std::nullopt, std::move(reasons)};
      }
    }
    Attempt result;
    result.replay = run_replay(ports_, run_request);
    if (!result.replay) {
      result.obstacles = {"the command '" + request.run.command.front() +
                          "' is not there to be run"};
      return result;
    }
    replay.rename_moved(result.replay->run);
    return result;
  }

  [[nodiscard]] const ReplayEnvironment& environment() const { return environment_; }

 private:
  const tracking::Ports& ports_;
  const ReproduceRequest& request_;
  ReplayEnvironment environment_;
};

}  // namespace

model::Reproduction reproduce(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                              const ReproduceRequest& request)
{
  const model::Timestamp started = ports.data.clock.now();
  Attempts attempts(ports, builder, request);
  JudgedReplays replays(ports, request);
  for (std::size_t number = 1; number <= request.repeat; ++number) {
    if (request.repeat > 1) {
      ports.data.reporter.note("replay " + std::to_string(number) + " of " +
                               std::to_string(request.repeat));
    }
    Attempt attempt = attempts.attempt(number);
    if (!attempt.replay) {
      return blocked(request, std::move(attempt.obstacles));
    }
    if (!replays.add(std::move(*attempt.replay))) {
      break;
    }
  }
  model::Reproduction result = replays.conclude(started);
  result.environment.rebuilt = attempts.environment().rebuilt();
  return result;
}

}  // namespace mlrepro::reproduction
