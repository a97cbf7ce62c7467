// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/repeat_run.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mlrepro::tracking {
namespace {

using model::Run;

bool same_params(const Run& a, const Run& b)
{
  return std::equal(a.params.begin(), a.params.end(), b.params.begin(), b.params.end(),
                    [](const auto& one, const auto& other) {
                      return one.first == other.first && one.second.value == other.second.value;
                    });
}

bool same_inputs(const Run& a, const Run& b)
{
  return std::equal(a.inputs.begin(), a.inputs.end(), b.inputs.begin(), b.inputs.end(),
                    [](const model::RunData& one, const model::RunData& other) {
                      return one.path == other.path && one.snapshot == other.snapshot;
                    });
}

bool is_repeat_of(const Run& run, const Run& other)
{
  return other.id != run.id && other.tags.contains(k_repeat_tag) && other.status == run.status &&
         other.exit_code == run.exit_code && other.command == run.command && other.cwd == run.cwd &&
         other.code.digest == run.code.digest && same_params(run, other) &&
         same_inputs(run, other) && other.environment_digest == run.environment_digest;
}

bool ended_well(const RunOutcome& outcome)
{
  return outcome.run && !outcome.process.start_error && !outcome.process.timed_out &&
         outcome.process.exit_code == 0;
}

}  // namespace

std::vector<RunOutcome> repeat_command(const Ports& ports, const RunRequest& original,
                                       std::size_t times, const RepeatDone& done)
{
  std::vector<RunOutcome> outcomes;
  for (std::size_t number = 1; number <= times; ++number) {
    RunRequest request = original;
    request.tags[k_repeat_tag] = std::to_string(number) + "/" + std::to_string(times);
    if (number > 1) {
      request.parent = outcomes.front().run->id;
      request.name = original.name.empty() ? "" : original.name + "-" + std::to_string(number);
    }
    outcomes.push_back(run_command(ports, request));
    done(number, outcomes.back());
    if (!ended_well(outcomes.back())) {
      break;
    }
  }
  return outcomes;
}

std::vector<Run> repeats_of(const ports::RunStore& runs, const Run& run)
{
  if (!run.tags.contains(k_repeat_tag)) {
    return {};
  }
  const model::RunId first = run.parent.value_or(run.id);
  ports::RunQuery query;
  query.detail = ports::RunQuery::Detail::names;
  query.order = ports::Order::oldest_first;
  std::vector<Run> repeats;
  for (const Run& listed : runs.list(query)) {
    if (listed.id != first && listed.parent != first) {
      continue;
    }
    auto candidate = ports::find_run(runs, listed.id);
    if (candidate && is_repeat_of(run, *candidate)) {
      repeats.push_back(std::move(*candidate));
    }
  }
  return repeats;
}

}  // namespace mlrepro::tracking
