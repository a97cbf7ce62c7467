// SPDX-License-Identifier: Apache-2.0
#include "reproduction/judged_replays.hpp"

#include <utility>

#include "mlrepro/plan/run_end.hpp"
#include "mlrepro/tracking/repeat_run.hpp"
#include "reproduction/compare_outputs.hpp"

namespace mlrepro::reproduction {

JudgedReplays::JudgedReplays(const tracking::Ports& ports, const ReproduceRequest& request)
    : ports_(ports), request_(request)
{
  judged_.rules = request.tolerances;
  judged_.gate = request.gate;
  judged_.policy = request.environment;
  judged_.no_network = request.no_network;
}

std::vector<model::OutputCheck> JudgedReplays::outputs_of(const model::Run& recorded,
                                                          const model::Run& replay) const
{
  auto checks = plan::check_outputs(recorded, replay);
  compare_outputs(ports_.data, request_.row_rules, checks);
  return checks;
}

bool JudgedReplays::add(Replayed replay)
{
  plan::Repeated repeated;
  repeated.outputs = outputs_of(request_.run, replay.run);
  if (!judged_.replays.empty()) {
    repeated.to_first = outputs_of(judged_.replays.front().run, replay.run);
  }
  const bool same_end = !replay.timeout_s && plan::same_end(request_.run, replay.run);
  repeated.run = std::move(replay.run);
  repeated.timeout_s = replay.timeout_s;
  judged_.replays.push_back(std::move(repeated));
  return same_end;
}

model::Reproduction JudgedReplays::conclude(model::Timestamp started)
{
  for (model::Run& repeat : tracking::repeats_of(ports_.runs, request_.run)) {
    plan::Repeated repeated;
    repeated.outputs = outputs_of(request_.run, repeat);
    repeated.run = std::move(repeat);
    judged_.repeats.push_back(std::move(repeated));
  }
  model::Reproduction result = plan::judge(request_.run, judged_);
  const model::Timestamp now = ports_.data.clock.now();
  result.duration_s = model::seconds_between(started, now);
  for (const model::ReplayedRun& replay : result.replays) {
    ports_.runs.record_proof({request_.run.id, replay.id, result.proven,
                              std::string(model::to_string(result.verdict)), now});
  }
  return result;
}

}  // namespace mlrepro::reproduction
