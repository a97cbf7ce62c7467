// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "mlrepro/tracking/run_command.hpp"

namespace mlrepro::tracking {

// The tag of runs that were recorded together, to know how much their results vary: "2/5". The
// first of them is the parent of the others.
inline constexpr const char* k_repeat_tag = "mlrepro.repeat";

// Runs the command that many times, one after the other, and records each. Ends with the first that
// does not end with exit code 0, or that can't be recorded; all but the last outcome are of good
// ones. `done` hears of each.
using RepeatDone = std::function<void(std::size_t number, const RunOutcome& outcome)>;
std::vector<RunOutcome> repeat_command(const Ports& ports, const RunRequest& request,
                                       std::size_t times, const RepeatDone& done);

// The finished runs that were recorded together with this one and had the same code, command,
// parameters, inputs and environment, oldest first, without it.
std::vector<model::Run> repeats_of(const ports::RunStore& runs, const model::Run& run);

}  // namespace mlrepro::tracking
