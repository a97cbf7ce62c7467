// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/plan/judge.hpp"

namespace mlrepro::plan {

// Each metric that the record or a replay has, and each that a rule asks for and nobody has.
std::vector<model::MetricCheck> check_metrics(const model::Run& recorded,
                                              const JudgeRequest& request);

// One check an output, of all replays together.
std::vector<model::OutputCheck> fold_outputs(const JudgeRequest& request);

// Whether nothing that was repeated came out in two ways; absent where nothing was.
std::optional<bool> is_deterministic(const std::vector<model::MetricCheck>& metrics,
                                     const JudgeRequest& request);

}  // namespace mlrepro::plan
